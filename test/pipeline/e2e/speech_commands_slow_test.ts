/** dataset=speech_commands on a miniature of the two archives, in their true layout. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { parseIndex } from "../../../lib/datasets/dataset_index.ts";
import { readClip } from "../../../lib/datasets/clips_io.ts";
import { readTensors } from "../../../lib/formats/safetensors_io.ts";
import { putArchives, writeSpeechCommands } from "../../support/archives.ts";
import { ProjectCopy } from "../../support/project.ts";

Deno.test("dataset=speech_commands trains on the archive and tests on the test set", async (t) => {
  await using project = new ProjectCopy();
  const [root, testRoot] = [`${project.root}/speech_commands_v0.02`, `${project.root}/test_set`];
  writeSpeechCommands(root, testRoot);
  const kws = [
    "kws",
    "dataset=speech_commands",
    `root=${root}`,
    `test_root=${testRoot}`,
    "dataset.targets=[no,yes]",
    "trainer=paper",
    "trainer.epochs=1",
    "trainer.batch_size=8",
    "n_mels=10",
    "backend=wasm",
    "setting=D",
  ];

  await t.step("without folders both archives are downloaded, whatever way they come", async () => {
    const { stdout } = await project.run("kws", "dataset=speech_commands", "backend=wasm", "--dry-run");
    const planned = [...stdout.matchAll(/^\w+ +((?:download|unpack)\/\S+)/gm)].map((match) => match[1]!);
    assertEquals(planned.sort(), [
      "download/speech_commands_test_set_v0.02",
      "download/speech_commands_v0.02",
      "unpack/speech_commands_test_set_v0.02",
      "unpack/speech_commands_v0.02",
    ]);
    await putArchives(project, { "speech_commands_v0.02": root, "speech_commands_test_set_v0.02": testRoot });
    const { ran, result } = await project.events(...kws.filter((arg) => !/^(test_)?root=/.test(arg)));
    assertEquals(result.code, 0, result.stderr);
    assertEquals(ran.filter((task) => /^(download|unpack)/.test(task)).length, 4);
  });

  await t.step("every split has the clips of its own archive", async () => {
    const { code, stderr } = await project.run(...kws);
    assertEquals(code, 0, stderr);
    const index = parseIndex(await Deno.readTextFile(project.output("index/speech_commands", "index.json")));
    assertEquals(index.counts, {
      train: { no: 12, yes: 12, _silence_: 10, _unknown_: 12 },
      validation: { no: 2, yes: 2, _silence_: 10, _unknown_: 2 },
      test: { no: 4, yes: 4, _silence_: 4, _unknown_: 4 },
    });
    const features = readTensors(project.output("features/speech_commands-waveform", "test.safetensors"));
    const samples = features.tensors.get("features")!.data as Int16Array;
    for (const [i, clip] of index.splits.test.entries()) {
      assertEquals(
        samples.slice(16000 * i, 16000 * (i + 1)),
        readClip(testRoot, clip, { sampleRate: 16000, clipSamples: 16000 }),
      );
    }
  });

  await t.step("another byte in the test set is seen, the same command runs nothing", async () => {
    assertEquals((await project.events(...kws)).ran, []);
    Deno.removeSync(`${testRoot}/_silence_/00000000_nohash_1.wav`);
    assertStringIncludes(
      (await project.run("why", "index", ...kws.slice(1))).stdout,
      "input test_audio changed",
    );
  });
});
