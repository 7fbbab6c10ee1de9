/** Looking at a store and keeping it up, through the commands that a user types. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openStore } from "../../../pipeline/engine/store/store_io.ts";
import { ProjectCopy } from "../../support/project.ts";

Deno.test("status, graph, verify and gc tell the truth about a store", async (t) => {
  await using project = new ProjectCopy();
  const config = [...project.tiny, "n_mels=10", "setting=A"];
  assertEquals((await project.run("kws", ...config)).code, 0);

  await t.step("status finds everything fresh, and stale what another value touches", async () => {
    assertStringIncludes((await project.run("status", ...config)).stdout, "7 tasks fresh, 0 stale");
    const { stdout } = await project.run("status", ...config, "seed=1");
    assertStringIncludes(stdout, "train/tones-linear-nnaudio-A-mel10-seed1");
    assertStringIncludes(stdout, "never ran");
  });

  await t.step("graph draws each task and what it reads", async () => {
    const { stdout } = await project.run("graph", ...config, "--json");
    const tasks = stdout.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(tasks.map((task: { state: string }) => task.state), Array(7).fill("fresh"));
    assertStringIncludes(
      (await project.run("graph", ...config, "--format", "dot")).stdout,
      '"index/tones" -> "features/tones-logmel10"',
    );
  });

  await t.step(
    "verify finds a flipped bit, --repair removes it, and the next run makes it again",
    async () => {
      const store = openStore(`${project.root}/data/store`);
      const { outputs } = store.lastReceipt("train/tones-linear-nnaudio-A-mel10-seed0")!;
      const path = store.objectPath(outputs["best.safetensors"]!, "best.safetensors");
      const bytes = Deno.readFileSync(path);
      bytes[bytes.length - 1]! ^= 1;
      Deno.chmodSync(path, 0o644);
      Deno.writeFileSync(path, bytes);

      const found = await project.run("verify");
      assertEquals(found.code, 1);
      assertStringIncludes(found.stdout, "train/tones-linear-nnaudio-A-mel10-seed0");
      assertEquals((await project.run("verify", "--repair")).code, 0);
      const again = await project.events("kws", ...config);
      assertEquals([again.result.code, again.ran], [0, ["train/tones-linear-nnaudio-A-mel10-seed0"]]);
      assertEquals((await project.run("verify")).code, 0);
    },
  );

  await t.step("gc says what would go, deletes only when told, and the next run makes it again", async () => {
    const objects = () => [...Deno.readDirSync(`${project.root}/data/store/objects`)].length;
    const before = objects();
    const dry = await project.run("gc", "--keep-days", "0");
    assertStringIncludes(dry.stdout, "Nothing was deleted");
    assertEquals(objects(), before);
    assertEquals((await project.run("gc", "--keep-days", "0", "--delete")).code, 0);
    assertEquals([...openStore(`${project.root}/data/store`).receipts()].length, 0);
    const { result, ran } = await project.events("kws", ...config);
    assertEquals([result.code, ran.length], [0, 7], result.stderr);
  });

  await t.step("the folder of links leads to tables, checkpoints and logs", async () => {
    await project.run("kws", ...config);
    const results = `${project.root}/data/results/kws-tones`;
    const run = `${results}/tones-linear-nnaudio-A-mel10-seed0`;
    for (const path of ["report.html", "results.csv", "results.md", "results.json"]) {
      assert(Deno.statSync(`${results}/${path}`).isFile);
    }
    assert(Deno.statSync(`${results}/figures/accuracy.csv`).isFile);
    for (
      const path of ["best.safetensors", "last.safetensors", "history.json", "metrics.json", "train.log"]
    ) {
      assert(Deno.statSync(`${run}/${path}`).isFile, path);
    }
  });
});

Deno.test("spoken_mini goes from synthesis to a table", async () => {
  await using project = new ProjectCopy();
  const { code, stdout, stderr } = await project.run(
    "kws",
    "setting=A",
    "dataset.words=[yes,no,cat]",
    "dataset.targets=[yes,no]",
    "dataset.clips_per_word=12",
    "dataset.voices=12",
    "dataset.noise_seconds=6",
    "trainer.epochs=2",
    "trainer.batch_size=8",
    "n_mels=20",
    "backend=wasm",
  );
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, "linear-nnaudio-A-mel20-seed0");
});
