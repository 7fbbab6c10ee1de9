/** Noise in the test, from recordings to tables: nothing is trained for it, and every reader of runs has it. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseEvaluation, parseMetrics } from "../../../lib/records/metrics.ts";
import { parseResults } from "../../../lib/records/results.ts";
import { sharedProject } from "../../support/project.ts";

const RUN = "tones-linear-nnaudio-D-mel10-seed0";

const project = sharedProject();
const config = [...project.tiny, "n_mels=10", "setting=D"];
const noisy = [...config, "dataset.corrupt.snr_db=[10]"];

Deno.test("a run is tested in noise without being trained again", async (t) => {
  const before = await project.run("kws", ...config);
  assertEquals(before.code, 0, before.stderr);

  await t.step("only what the condition needs is run", async () => {
    const { result, ran } = await project.events("kws", ...noisy);
    assertEquals(result.code, 0, result.stderr);
    assertEquals([...ran].sort(), [
      "aggregate/kws-tones",
      "corrupt/tones-test@snr10",
      `evaluate/${RUN}@snr10`,
      "report/kws-tones",
      `tensorboard/${RUN}`,
    ]);
  });

  const metrics = () =>
    parseMetrics(
      Deno.readTextFileSync(project.output(`evaluate/${RUN}@snr10`, "metrics.json")),
      "metrics.json",
    );

  await t.step("tables, results, runs and the page have it", async () => {
    const { stdout } = await project.run("kws", ...noisy);
    assertStringIncludes(stdout, "10 dB");
    const results = parseResults(
      Deno.readTextFileSync(project.output("aggregate/kws-tones", "results.json")),
      "x",
    );
    assertEquals(results.rows[0]!.conditions[0]!.score, metrics().checkpoints.best.score);
    const page = Deno.readTextFileSync(project.output("report/kws-tones", "report.html"));
    for (const text of ["Noise and levels", "Accuracy in noise"]) assertStringIncludes(page, text);
    const runs = await project.run("runs", "snr10.accuracy>=0", "--json");
    assertEquals(JSON.parse(runs.stdout).metrics["snr10.accuracy"], metrics().checkpoints.best.values[0]);
    const folder = `${project.latest("kws-tones")}/${project.runName(RUN)}`;
    assert(Deno.statSync(`${folder}/snr10/metrics.json`).isFile);
  });

  await t.step("its checkpoint does the same as a file", async () => {
    const file = `${project.folder}/D.safetensors`;
    assertEquals((await project.run("export", "*-D-*", "--to", file)).code, 0);
    const { code, stdout, stderr } = await project.run("evaluate", "--checkpoint", file, ...noisy, "--json");
    assertEquals(code, 0, stderr);
    const [clean, other] = stdout.trim().split("\n").map((line) => {
      const { file: _, trained: __, ...record } = JSON.parse(line);
      return parseEvaluation(JSON.stringify(record), "x");
    });
    assertEquals([clean!.condition, other!.condition], [null, metrics().condition]);
    assertEquals(other!.checkpoint!.values, metrics().checkpoints.best.values);
  });

  await t.step("training in noise is a run of its own", async () => {
    const overrides = [...noisy, "dataset.corrupt.splits=[train]", "epochs=1"];
    const { result, ran } = await project.events("kws", ...overrides);
    assertEquals(result.code, 0, result.stderr);
    assert(ran.includes(`train/${RUN}`), ran.join(" "));
    const { stdout } = await project.run("runs", "trainer.epochs=1", "--json");
    assertEquals(JSON.parse(stdout).config["dataset.corrupt.snr_db"], [10]);
  });
});
