/** Keeping a store up, through the commands that a user types. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { Project } from "../../support/project.ts";

Deno.test("verify and gc tell the truth about a store", async (t) => {
  await using project = new Project();
  const config = [...project.tiny, "n_mels=10", "setting=A"];
  assertEquals((await project.run("kws", ...config)).code, 0);

  await t.step(
    "verify finds a flipped bit, --repair removes it, and the next run makes it again",
    async () => {
      const store = project.store();
      const { outputs } = project.lastReceipt("train/tones-linear-nnaudio-A-mel10-seed0")!;
      const path = store.objectPath(outputs["best.safetensors"]!, "best.safetensors");
      const bytes = Deno.readFileSync(path);
      bytes[bytes.length - 1]! ^= 1;
      Deno.chmodSync(path, 0o644);
      Deno.writeFileSync(path, bytes);

      const found = await project.run("verify");
      assertEquals(found.code, 1);
      assertStringIncludes(found.stdout, `train/${project.runName("tones-linear-nnaudio-A-mel10-seed0")}`);
      assertEquals((await project.run("verify", "--repair")).code, 0);
      const again = await project.events("kws", ...config);
      assertEquals([again.result.code, again.ran], [0, ["train/tones-linear-nnaudio-A-mel10-seed0"]]);
      assertEquals((await project.run("verify")).code, 0);
    },
  );

  await t.step("gc says what would go, deletes only when told, and the next run makes it again", async () => {
    const objects = () => [...Deno.readDirSync(`${project.storePath}/objects`)].length;
    const before = objects();
    const dry = await project.run("gc", "--keep-days", "0");
    assertStringIncludes(dry.stdout, "Nothing was deleted");
    assertEquals(objects(), before);
    assertEquals((await project.run("gc", "--keep-days", "0", "--delete")).code, 0);
    assertEquals([...project.store().receipts()].length, 0);
    const { result, ran } = await project.events("kws", ...config);
    assertEquals([result.code, ran.length], [0, 12], result.stderr);
  });
});

Deno.test("spoken_mini goes from synthesis to a table", async () => {
  await using project = new Project();
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
