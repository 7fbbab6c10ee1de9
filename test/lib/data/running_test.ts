/** Clips of running speech beside those of words, in folders of the user's. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { UserError } from "../../../lib/base/errors.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { loadKind } from "../../../lib/base/kinds.ts";
import type { DataKind } from "../../../lib/data/contract.ts";
import { DATA_SETS } from "../../../lib/data/kinds.ts";
import { withRunning } from "../../../lib/data/words_layout/running.ts";
import type { ExampleIndex } from "../../../lib/records/example_index.ts";
import { readYaml } from "../../../pipeline/config/yaml_source.ts";
import { soundFile } from "./words_folder.ts";
import { tempFolder } from "./temp_folder.ts";

const INDEX: ExampleIndex = {
  split: "train",
  classes: ["yes", "_unknown_"],
  sampleRate: 16000,
  clipSamples: 16000,
  sampleBits: 16,
  examples: [{
    name: "yes/a_nohash_0.wav",
    input: "audio",
    path: "yes/a_nohash_0.wav",
    speaker: "a",
    samples: 16000,
    labels: ["yes"],
  }],
  notes: { left_out: 0 },
  skipped: [],
};

Deno.test("running speech is cut into clips of other words, half overlapping, behind the others", () => {
  const long = { ...soundFile("talk", "ann_nohash_0.wav", 4 * 8000), sampleRate: 8000 };
  const files = [long, soundFile("talk", "bob_nohash_0.wav", 15999), soundFile("talk", "eve.wav", 16000)];
  const { index, findings } = withRunning(INDEX, { files, skipped: [] }, "/talk");
  const [word, ...windows] = index.examples;
  assertEquals(word, INDEX.examples[0]);
  assertEquals(windows.map(({ start }) => start), [0, 4000, 8000, 12000, 16000, 20000, 24000, 0]);
  assertEquals(windows[1], {
    name: "running/talk/ann_nohash_0.wav@4000",
    input: "running",
    path: "talk/ann_nohash_0.wav",
    speaker: "ann",
    start: 4000,
    samples: 16000,
    labels: ["_unknown_"],
  });
  assertEquals(new Set(index.examples.map(({ name }) => name)).size, index.examples.length);
  assertEquals(index.notes, { left_out: 0, running: 8 });
  assertEquals(findings.map(({ names }) => names), [["talk/bob_nohash_0.wav"]]);
  assertEquals(
    withRunning(INDEX, { files: [{ ...long, isFine: true }], skipped: [] }, "/talk").index.sampleBits,
    32,
  );
});

Deno.test("running speech that nothing can be cut from, or that has no class, is refused", () => {
  const short = { files: [soundFile("talk", "eve.wav", 999)], skipped: [] };
  const error = assertThrows(() => withRunning(INDEX, short, "/talk"), UserError, "of 1 recordings none");
  assertEquals(error.reason, "bad-dataset");
  const words = { ...INDEX, classes: ["yes"] };
  assertThrows(() => withRunning(words, short, "/talk"), UserError, "Set dataset.unknown to 1");
});

async function folderOf(root: string, changes: JsonObject) {
  const kind = await loadKind<DataKind>(DATA_SETS, "folder", "data set");
  const path = "conf/dataset/folder.yaml";
  const values = readYaml(path, Deno.readTextFileSync(path)).values;
  return { kind, config: kind.schema.parse({ ...values, root, targets: ["yes"], silence: 0, ...changes }) };
}

Deno.test("a folder's training split has clips of the running speech that is named, and its other splits have not", async () => {
  using words = tempFolder();
  using talk = tempFolder();
  const wave = encodeWav16(new Float32Array(16000).fill(0.1), 16000);
  for (const word of ["yes", "tree"]) {
    for (let i = 0; i < 8; i++) words.write(`${word}/s${i}_nohash_0.wav`, wave);
  }
  talk.write("talk/ann_nohash_0.wav", encodeWav16(new Float32Array(40000).fill(0.1), 16000));
  const { kind, config } = await folderOf(words.path, {
    running_root: talk.path,
    split: { rule: "ranked", validation_percent: 20, testing_percent: 20, salt: "" },
  });
  const { indexer } = await kind.indexer();
  const notes: string[] = [];
  const report = { progress: () => {}, note: (_level: string, text: string) => notes.push(text) };
  const indexed = (split: ExampleIndex["split"]) => {
    const inputs = Object.fromEntries(
      Object.entries(kind.recordings(config, split)).map(([name, origin]) => {
        if (origin.from !== "user") throw new Error("recordings are the user's");
        return [name, origin.path];
      }),
    );
    return indexer({ split, settings: kind.indexSettings(config, null), inputs }, report);
  };
  const running = async (split: ExampleIndex["split"]) =>
    (await indexed(split)).examples.filter(({ input }) => input === "running").length;
  assertEquals([await running("train"), await running("validation"), await running("test")], [4, 0, 0]);
  assert(
    notes.includes("4 clips of running speech by 1 speakers, all of the class _unknown_."),
    notes.join("\n"),
  );
  assert(kind.paths.includes("running_root"));
  const missing = await folderOf(words.path, { running_root: `${talk.path}/none` });
  const inputs = { audio: words.path, running: `${talk.path}/none` };
  const settings = kind.indexSettings(missing.config, null);
  await assertRejects(
    () => indexer({ split: "train", settings, inputs }, report),
    UserError,
    "dataset.running_root",
  );
});
