/** Keyword spotting through the whole graph, and what each command then says of it. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parseMetrics } from "../../../lib/records/metrics.ts";
import { sharedProject } from "../../support/project.ts";

const RUN = "tones-linear-nnaudio-D-mel10-seed0";
/** Of one run: index and features of three splits, train, evaluate, probe, clips, tensorboard, aggregate, report. */
const TASKS = 13;

const project = sharedProject();
const config = [...project.tiny, "n_mels=10", "setting=D"];

Deno.test("deno task kws goes from recordings to a table", async (t) => {
  await t.step("the first run does every stage and prints a table", async () => {
    const { code, stdout, stderr } = await project.run("kws", ...config);
    assertEquals(code, 0, stderr);
    for (const shown of ["-linear-nnaudio-D-mel10-seed0-", "results.csv", "report.html"]) {
      assertStringIncludes(stdout, shown);
    }
  });

  await t.step("the second run starts no stage", async () => {
    const { result, ran, events } = await project.events("kws", ...config);
    assertEquals([result.code, ran], [0, []], result.stderr);
    assert(!events.some((e) => e.type === "task-started"));
  });

  await t.step("the folder of links leads to tables, checkpoints and logs", () => {
    const results = project.latest("kws-tones");
    const ofRun = ["best.safetensors", "last.safetensors", "history.json", "metrics.json", "train.log"];
    const paths = ["report.html", "results.csv", "results.md", "results.json", "figures/accuracy.csv"];
    for (const path of [...paths, ...ofRun.map((name) => `${project.runName(RUN)}/${name}`)]) {
      assert(Deno.statSync(`${results}/${path}`).isFile, path);
    }
  });

  await t.step("status finds everything fresh, and stale what another value touches", async () => {
    assertStringIncludes((await project.run("status", ...config)).stdout, `${TASKS} tasks fresh, 0 stale`);
    const { stdout } = await project.run("status", ...config, "seed=1");
    assertMatch(stdout, /train\/tones-[0-9a-f]{6}-linear-nnaudio-D-mel10-seed1-/);
    assertStringIncludes(stdout, "never ran");
    const list = await project.run("status", ...project.tiny, "n_mels=10", "setting=D,A");
    assertMatch(list.stdout, /^fresh +train\/\S+-linear-nnaudio-D-mel10-seed0-/m);
    assertMatch(list.stdout, /This is what deno task sweep dataset=folder .* setting=D,A runs\./);
  });

  await t.step("cancel says that a task goes on nowhere, and that another is none", async () => {
    const { code, stdout } = await project.run("cancel", "train");
    assertEquals([code, stdout.split("\n")[0]], [
      0,
      "train: nothing of this is queued or running on a cluster",
    ]);
    assertEquals((await project.run("cancel", "trian")).code, 2);
  });

  await t.step("--dry-run says what would run and why, and runs nothing", async () => {
    const { code, stdout } = await project.run("kws", ...config, "epochs=4", "--dry-run");
    assertEquals(code, 0);
    assertMatch(stdout, /train\/tones-[0-9a-f]{6}-linear-nnaudio-D-mel10-seed0-/);
    assertStringIncludes(stdout, "slice.trainer.epochs: 2 -> 4");
    assertEquals((await project.events("kws", ...config)).ran, []);
  });

  await t.step("--force reruns a fresh task", async () => {
    const { ran } = await project.events("kws", ...config, "--force", "evaluate");
    assertEquals(ran, [`evaluate/${RUN}`]);
  });

  await t.step("graph draws each task and what it reads", async () => {
    const { stdout } = await project.run("graph", ...config, "--json");
    const tasks = stdout.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(tasks.map((task: { state: string }) => task.state), Array(TASKS).fill("fresh"));
    assertStringIncludes(
      (await project.run("graph", ...config, "--format", "dot")).stdout,
      '"index/tones-train" -> "features/tones-waveform-train"',
    );
  });

  await t.step("an exported checkpoint is evaluated to the figures of its run", async () => {
    const file = `${project.folder}/D.safetensors`;
    const exported = await project.run("export", "*-D-*", "--to", file);
    assertEquals(exported.code, 0, exported.stderr);
    const evaluated = await project.run("evaluate", "--checkpoint", file, ...config, "--json");
    assertEquals(evaluated.code, 0, evaluated.stderr);
    const metrics = Deno.readTextFileSync(project.output(`evaluate/${RUN}`, "metrics.json"));
    const { values } = parseMetrics(metrics, "metrics.json").checkpoints.best;
    assertEquals(JSON.parse(evaluated.stdout).checkpoint.values, values);
  });

  await t.step(
    "it is evaluated on the recordings that it was trained on without a word of where they are",
    async () => {
      const file = `${project.folder}/D.safetensors`;
      const { code, stdout, stderr } = await project.run(
        "evaluate",
        "--checkpoint",
        file,
        "backend=wasm",
        "--json",
      );
      assertEquals(code, 0, stderr);
      const metrics = Deno.readTextFileSync(project.output(`evaluate/${RUN}`, "metrics.json"));
      assertEquals(
        JSON.parse(stdout).checkpoint.values,
        parseMetrics(metrics, "metrics.json").checkpoints.best.values,
      );
      assertStringIncludes(stderr, "says it was trained on; dataset.root as a training had it here.");
      assert(!new TextDecoder("latin1").decode(Deno.readFileSync(file)).includes(project.folder));
      const elsewhere = await project.run(
        "evaluate",
        "--checkpoint",
        file,
        "--store",
        `${project.folder}/other`,
      );
      assertEquals(elsewhere.code, 2);
      assertStringIncludes(elsewhere.stderr, "Type root=PATH");
    },
  );

  await t.step(
    "a damaged table and a damaged page are made again by the command that shows them",
    async () => {
      const shown = [["aggregate/kws-tones", "results.md"], ["report/kws-tones", "report.html"]] as const;
      for (const [task, name] of shown) {
        const path = project.output(task, name);
        const bytes = Deno.readFileSync(path);
        bytes[bytes.length >> 1]! ^= 1;
        Deno.chmodSync(path, 0o644);
        Deno.writeFileSync(path, bytes);
      }
      const { result, ran } = await project.events("kws", ...config);
      assertEquals([result.code, ran], [0, shown.map(([task]) => task)], result.stderr);
      assertStringIncludes(result.stderr, "The stored results.md of aggregate/");
    },
  );

  await t.step("a damaged checkpoint keeps no table back that is not read from it", async () => {
    const path = project.output(`train/${RUN}`, "last.safetensors");
    const sound = Deno.readFileSync(path);
    Deno.chmodSync(path, 0o644);
    Deno.writeFileSync(path, sound.with(sound.length - 1, sound.at(-1)! ^ 1));
    const { code, stdout, stderr } = await project.run("kws", ...config);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "-linear-nnaudio-D-mel10-seed0-");
    assertStringIncludes(stderr, "The stored last.safetensors of train/");
    const { result, ran } = await project.events("kws", ...config);
    assertEquals([result.code, ran], [0, [`train/${RUN}`]], result.stderr);
    assertEquals(Deno.readFileSync(project.output(`train/${RUN}`, "last.safetensors")), sound);
  });

  await t.step("verify finds nothing wrong, and gc would remove only when told", async () => {
    assertEquals((await project.run("verify")).code, 0);
    assertStringIncludes((await project.run("gc", "--keep-days", "0")).stdout, "Nothing was deleted");
    assertEquals((await project.events("kws", ...config)).ran, []);
  });
});
