import { assert, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import {
  indexTimit,
  parsePhn,
  parseTxt,
  type TimitRecording,
  type TimitSettings,
} from "../../../lib/datasets/timit.ts";
import { scanTimit } from "../../../lib/datasets/timit_io.ts";
import { parseUtteranceIndex, type UtteranceIndex } from "../../../lib/datasets/utterance_index.ts";
import { UtteranceReader } from "../../../lib/datasets/utterances_io.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { type TimitCorpusOptions, writeTimitCorpus } from "../../support/timit_corpus.ts";

const SETTINGS: TimitSettings = {
  output: "phone",
  sample_rate: 16000,
  include_sa: false,
  split: { train: 4000, validation: 2000, by: "utterance", seed: 0 },
  test: "full",
  bad_files: "error",
};

async function indexed(
  settings: Partial<TimitSettings> = {},
  corpus: TimitCorpusOptions = {},
  change: (root: string) => void = () => {},
): Promise<UtteranceIndex> {
  await using folder = await tempDir();
  writeTimitCorpus(folder.path, corpus);
  change(folder.path);
  const all = { ...SETTINGS, ...settings };
  const { recordings, notes } = scanTimit(folder.path, all, () => {});
  return parseUtteranceIndex(JSON.stringify(indexTimit(folder.path, recordings, all, notes)));
}

Deno.test("a corpus in TIMIT's layout is indexed: TEST is the test split, SA is left out, 61 phones and a blank", async () => {
  const { classes, splits, notes } = await indexed();
  assertEquals(classes.length, 62);
  assertEquals([splits.train.length, splits.validation.length, splits.test.length], [4, 2, 4]);
  assertEquals(notes.left_out, 2 * 5);
  const [first] = splits.test;
  assertEquals(first!.name, "test/felc0/si648");
  assertEquals(first!.path, "TEST/DR1/FELC0/SI648.WAV");
  assertEquals(first!.transcript.split(" ").length, 8);
  assertEquals(first!.samples, 6400);
});

Deno.test("upper and lower case, and either byte order, give the same split and the same samples", async () => {
  await using upper = await tempDir();
  await using lower = await tempDir();
  writeTimitCorpus(upper.path);
  // As unpacked by many: lower case, two folders further down.
  writeTimitCorpus(`${lower.path}/timit/timit`, { letters: "lower", bigEndian: true });
  const [a, b] = [upper.path, lower.path].map((root) => {
    const { recordings, notes } = scanTimit(root, SETTINGS, () => {});
    const index = indexTimit(root, recordings, SETTINGS, notes);
    const reader = new UtteranceReader(root, 16000);
    return { index, samples: index.splits.train.map((utterance) => reader.read(utterance)) };
  });
  const names = ({ splits }: UtteranceIndex) =>
    Object.values(splits).map((split) => split.map(({ name }) => name));
  assertEquals(names(a!.index), names(b!.index));
  assertEquals(a!.samples, b!.samples);
  assertEquals(b!.index.splits.test[0]!.path, "timit/timit/test/dr1/felc0/si648.wav");
});

Deno.test("the paper's split of the full training set has 4000 and 620 utterances, drawn by its seed", () => {
  const recordings = [...Array(462).keys()].flatMap((speaker) =>
    [...Array(10).keys()].map((k): TimitRecording => ({
      folder: "train",
      path: `${speaker}/${k}`,
      speaker: `m${speaker}`,
      sentence: `si${k}`,
      sampleRate: 16000,
      channels: 1,
      frames: 16000,
      labels: ["h#"],
    }))
  );
  const test: TimitRecording = { ...recordings[0]!, folder: "test" };
  const split = (seed: number, by: "utterance" | "speaker" = "utterance") =>
    indexTimit(
      "x",
      [...recordings, test],
      { ...SETTINGS, split: { train: 4000, validation: 620, by, seed } },
      { left_out: 0, skipped: [] },
    );
  const { splits } = split(0);
  assertEquals([splits.train.length, splits.validation.length, splits.test.length], [4000, 620, 1]);
  assertEquals(split(0).splits, splits);
  assert(split(1).splits.validation.some(({ name }, i) => name !== splits.validation[i]!.name));
  assert(split(0).notes.shared_speakers > 300);
  const apart = split(0, "speaker");
  assertEquals([apart.splits.validation.length, apart.notes.shared_speakers], [620, 1]); // the one of both folders
});

Deno.test("SA sentences and the core test set are a matter of settings", async () => {
  const { splits, notes } = await indexed({ include_sa: true, test: "core" });
  assertEquals(splits.train.length + splits.validation.length, 12);
  assertEquals(
    splits.test.map(({ name }) => name),
    ["sa1", "sa2", "si648", "sx37"].map((s) => `test/felc0/${s}`),
  );
  assertEquals(notes.left_out, 4);
});

Deno.test("characters and words are those of the training sentences; what only the test says is one class", async () => {
  const words = await indexed({ output: "word" }, {}, (root) => {
    Deno.writeTextFileSync(
      `${root}/TEST/DR1/FELC0/SX37.TXT`,
      "0 6400 Critical teapots -- need maintenance\n",
    );
  });
  assertEquals(words.classes, [
    "<blank>",
    ..."a big critical cup equipment maintenance needs".split(" "),
    "<unknown>",
  ]);
  assertEquals(words.splits.test[1]!.transcript, "critical <unknown> <unknown> maintenance");
  assertEquals(words.notes.unknown_labels, 2);
  const characters = await indexed({ output: "character" });
  assertEquals(characters.classes.join(""), `<blank>abcdegilmnpqrstu|<unknown>`);
  assertEquals(characters.splits.test[0]!.transcript, "a | b i g | c u p");
});

Deno.test("parseTxt() keeps apostrophes inside words and parts words at hyphens", () => {
  assertEquals(parseTxt("0 100 Don't ask me; 'twas a well-known song.\n", "word"), [
    "don't",
    "ask",
    "me",
    "twas",
    "a",
    "well",
    "known",
    "song",
  ]);
});

Deno.test("a recording without its .PHN is an error that names it, or skipped and counted", async () => {
  const remove = (root: string) => Deno.removeSync(`${root}/TRAIN/DR1/FCJF0/SX37.PHN`);
  const error = await rejection(() => indexed({}, {}, remove));
  assert(
    /Cannot use \S+\/TRAIN\/DR1\/FCJF0\/SX37\.WAV: its \.PHN file is missing\. Add it/.test(error.message),
  );
  assertEquals(error.reason, "bad-dataset");
  const { notes, splits } = await indexed({ bad_files: "skip" }, {}, remove);
  assertEquals(notes.skipped.map(({ path }) => path), ["TRAIN/DR1/FCJF0/SX37.WAV"]);
  assertEquals(splits.train.length + splits.validation.length, 5);
});

Deno.test("a truncated SPHERE file is an error that names it", async () => {
  const error = await rejection(() =>
    indexed({}, {}, (root) => {
      const path = `${root}/TEST/DR1/FELC0/SX37.WAV`;
      Deno.writeFileSync(path, Deno.readFileSync(path).subarray(0, 3000));
    })
  );
  assert(
    /FELC0\/SX37\.WAV as SPHERE audio: found 1976 bytes of samples, wanted 12800/.test(error.message),
    error.message,
  );
  assertEquals(error.reason, "bad-audio");
});

Deno.test("a folder of another layout is an error that says what is wanted", async () => {
  await using folder = await tempDir();
  Deno.mkdirSync(`${folder.path}/TRAIN`);
  assertThrows(
    () => scanTimit(folder.path, SETTINGS, () => {}),
    UserError,
    "found no folders TRAIN and TEST",
  );
  assertThrows(
    () => scanTimit(`${folder.path}/none`, SETTINGS, () => {}),
    UserError,
    "there is no such folder",
  );
});

Deno.test("parsePhn() names the line that is wrong", () => {
  assertEquals(parsePhn("0 10 H#\n10 20 ax-h\r\n", "x"), ["h#", "ax-h"]);
  assertThrows(
    () => parsePhn("0 10 h#\n10 20 AXH\n", "a/SX1.PHN"),
    UserError,
    'Cannot read a/SX1.PHN: line 2 has the phone "AXH", which is none of TIMIT\'s 61. Did you mean "ah"? Correct the file.',
  );
  assertThrows(
    () => parsePhn("0 h#\n", "x"),
    UserError,
    'line 1 is "0 h#", wanted first sample, last sample and phone',
  );
  assertThrows(() => parsePhn("\n", "x"), UserError, "found no phones in it");
});

async function rejection(action: () => Promise<unknown>): Promise<UserError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
