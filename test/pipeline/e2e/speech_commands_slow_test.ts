/** dataset=speech_commands on a miniature of the two archives, in their true layout. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { toInt16 } from "../../../lib/audio/wav.ts";
import { ExampleReader } from "../../../lib/data/example_reader_io.ts";
import { parseIndex, SPLITS } from "../../../lib/records/example_index.ts";
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
    const [train, validation, test] = SPLITS.map((split) => {
      const path = project.output(`index/speech_commands-${split}`, "index.json");
      return parseIndex(Deno.readTextFileSync(path), path);
    });
    const counts = [train!, validation!, test!].map(({ examples }) =>
      Object.fromEntries(
        ["no", "yes", "_silence_", "_unknown_"].map((label) => [
          label,
          examples.filter(({ labels }) => labels[0] === label).length,
        ]),
      )
    );
    assertEquals(counts, [
      { no: 12, yes: 12, _silence_: 10, _unknown_: 12 },
      { no: 2, yes: 2, _silence_: 10, _unknown_: 2 },
      { no: 4, yes: 4, _silence_: 4, _unknown_: 4 },
    ]);
    const features = project.output("features/speech_commands-waveform-test", "features.safetensors");
    const samples = readTensors(features).tensors.get("features")!.data as Int16Array;
    const reader = new ExampleReader({ [test!.examples[0]!.input]: testRoot }, test!);
    for (const [i, example] of test!.examples.entries()) {
      const clip = toInt16(await reader.read(example));
      assertEquals(samples.slice(16000 * i, 16000 * (i + 1)), clip);
    }
  });

  await t.step("another byte in the test set is seen, the same command runs nothing", async () => {
    assertEquals((await project.events(...kws)).ran, []);
    Deno.removeSync(`${testRoot}/_silence_/00000000_nohash_1.wav`);
    const { stdout } = await project.run("why", "index", ...kws.slice(1));
    assertStringIncludes(stdout, "index/speech_commands-train: fresh");
    assertStringIncludes(stdout, "index/speech_commands-test: stale, input audio changed");
  });
});
