import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { ExampleReader } from "../../../lib/data/example_reader_io.ts";
import { indexer } from "../../../lib/data/timit_layout/indexer_io.ts";
import {
  parsePhn,
  parseTxt,
  type Sentence,
  sentencesOfSplit,
} from "../../../lib/data/timit_layout/sentences.ts";
import { SPLITS } from "../../../lib/records/example_index.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { type TimitCorpusOptions, writeTimitCorpus } from "../../support/timit_corpus.ts";
import { indexAll, transcripts } from "./utterances.ts";
import { noteSum } from "./words_folder.ts";

const SETTINGS = {
  output: "phone",
  sample_rate: 16000,
  include_sa: false,
  split: { train: 4000, validation: 2000, by: "utterance", seed: 0 },
  test: "full",
  bad_files: "error",
  evaluated: null,
};

async function indexed(
  settings: Partial<typeof SETTINGS> = {},
  corpus: TimitCorpusOptions = {},
  change: (root: string) => void = () => {},
) {
  await using folder = await tempDir();
  writeTimitCorpus(folder.path, corpus);
  change(folder.path);
  return await indexAll(indexer, { ...SETTINGS, ...settings }, folder.path);
}

Deno.test("a corpus in TIMIT's layout is indexed: TEST is the test split, SA is left out, 61 phones and a blank", async () => {
  const all = await indexed();
  const { train, validation, test } = all;
  assertEquals(train.classes.length, 62);
  assertEquals([train.examples.length, validation.examples.length, test.examples.length], [4, 2, 4]);
  assertEquals(noteSum(all, "left_out"), 2 * 5);
  const [first] = test.examples;
  assertEquals(first!.name, "test/felc0/si648");
  assertEquals(first!.path, "TEST/DR1/FELC0/SI648.WAV");
  assertEquals(first!.labels.length, 8);
  assertEquals(first!.samples, 6400);
});

Deno.test("upper and lower case, and either byte order, give the same split and the same samples", async () => {
  await using upper = await tempDir();
  await using lower = await tempDir();
  writeTimitCorpus(upper.path);
  // As unpacked by many: lower case, two folders further down.
  writeTimitCorpus(`${lower.path}/timit/timit`, { letters: "lower", bigEndian: true });
  const [a, b] = await Promise.all([upper.path, lower.path].map(async (root) => {
    const all = await indexAll(indexer, SETTINGS, root);
    const reader = new ExampleReader({ audio: root }, all.train);
    return { all, samples: await Promise.all(all.train.examples.map((example) => reader.read(example))) };
  }));
  const names = (index: typeof a) =>
    Object.values(index!.all).map(({ examples }) => examples.map(({ name }) => name));
  assertEquals(names(a), names(b));
  assertEquals(a!.samples, b!.samples);
  assertEquals(b!.all.test.examples[0]!.path, "timit/timit/test/dr1/felc0/si648.wav");
});

Deno.test("the paper's split of the full training set has 4000 and 620 utterances, drawn by its seed", () => {
  const training = [...Array(462).keys()].flatMap((speaker) =>
    [...Array(10).keys()].map((k): Sentence => ({
      folder: "train",
      speaker: `m${speaker}`,
      sentence: `si${k}`,
    }))
  );
  const sentences: Sentence[] = [...training, { ...training[0]!, folder: "test" }];
  const splits = (seed: number, by: "utterance" | "speaker" = "utterance") => {
    const settings = {
      includeSa: false,
      split: { train: 4000, validation: 620, by, seed },
      test: "full",
    } as const;
    return SPLITS.map((split) => sentencesOfSplit(sentences, settings, split));
  };
  const sizes = (all: ReturnType<typeof splits>) => all.map((split) => split.sentences.length);
  assertEquals(sizes(splits(0)), [4000, 620, 1]);
  assertEquals(splits(0), splits(0));
  assertNotEquals(splits(1)[1]!.sentences, splits(0)[1]!.sentences);
  assert(splits(0)[1]!.sharedSpeakers > 300);
  const apart = splits(0, "speaker");
  assertEquals(sizes(apart), [4000, 620, 1]);
  assertEquals(apart[2]!.sharedSpeakers, 1); // the one of both folders
});

Deno.test("SA sentences and the core test set are a matter of settings", async () => {
  const all = await indexed({ include_sa: true, test: "core" });
  assertEquals(all.train.examples.length + all.validation.examples.length, 12);
  assertEquals(
    all.test.examples.map(({ name }) => name),
    ["sa1", "sa2", "si648", "sx37"].map((s) => `test/felc0/${s}`),
  );
  assertEquals(noteSum(all, "left_out"), 4);
});

Deno.test("characters and words are those of the training sentences; what only the test says is one class", async () => {
  const words = await indexed({ output: "word" }, {}, (root) => {
    Deno.writeTextFileSync(
      `${root}/TEST/DR1/FELC0/SX37.TXT`,
      "0 6400 Critical teapots -- need maintenance\n",
    );
  });
  assertEquals(words.train.classes, [
    "<blank>",
    ..."a big critical cup equipment maintenance needs".split(" "),
    "<unknown>",
  ]);
  assertEquals(words.test.classes, words.train.classes);
  assertEquals(transcripts(words.test)[1], "critical <unknown> <unknown> maintenance");
  assertEquals(noteSum(words, "unknown_labels"), 2);
  const characters = await indexed({ output: "character" });
  assertEquals(characters.train.classes.join(""), `<blank>abcdegilmnpqrstu|<unknown>`);
  assertEquals(transcripts(characters.test)[0], "a | b i g | c u p");
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
  const { train, validation } = await indexed({ bad_files: "skip" }, {}, remove);
  const skipped = [...train.skipped, ...validation.skipped].map(({ path }) => path);
  assertEquals(skipped, ["TRAIN/DR1/FCJF0/SX37.WAV"]);
  assertEquals(train.examples.length + validation.examples.length, 5);
});

Deno.test("a recording whose name leads to nothing is an error that names it, or skipped and counted", async () => {
  const replace = (root: string) => {
    const path = `${root}/TRAIN/DR1/FCJF0/SX37.WAV`;
    Deno.removeSync(path);
    Deno.symlinkSync("../nowhere.wav", path);
  };
  const error = await rejection(() => indexed({}, {}, replace));
  assert(/FCJF0\/SX37\.WAV: it leads to no file/.test(error.message), error.message);
  const { train, validation } = await indexed({ bad_files: "skip" }, {}, replace);
  assertEquals([...train.skipped, ...validation.skipped].map(({ path }) => path), [
    "TRAIN/DR1/FCJF0/SX37.WAV",
  ]);
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

Deno.test("a TRAIN folder of one speaker is told how to be divided, and then is", async () => {
  const alone = (root: string) => {
    const regions = [...Deno.readDirSync(`${root}/TRAIN`)].map(({ name }) => `${root}/TRAIN/${name}`);
    const speakers = regions.flatMap((region) =>
      [...Deno.readDirSync(region)].map(({ name }) => `${region}/${name}`)
    );
    speakers.sort().slice(1).forEach((path) => Deno.removeSync(path, { recursive: true }));
  };
  const split = { ...SETTINGS.split, validation: 4000 };
  await assertRejects(
    () => indexed({ split: { ...split, by: "speaker" } }, {}, alone),
    UserError,
    "Set dataset.split.by to utterance, or add speakers.",
  );
  const { train, validation } = await indexed({ split }, {}, alone);
  assert(train.examples.length > 0 && validation.examples.length > 0);
  const few = { ...SETTINGS.split, validation: 1 };
  await assertRejects(
    () => indexed({ split: few }, {}, alone),
    UserError,
    "Give dataset.split.validation a larger share",
  );
});

Deno.test("settings that leave all of a folder out are named with what they have to be", async () => {
  const withoutCore = (root: string) => Deno.removeSync(`${root}/TEST/DR1/FELC0`, { recursive: true });
  await assertRejects(
    () => indexed({ test: "core" }, {}, withoutCore),
    UserError,
    "Set dataset.test to full and dataset.include_sa to true",
  );
});

Deno.test("a folder of another layout is an error that says what is wanted", async () => {
  await using folder = await tempDir();
  Deno.mkdirSync(`${folder.path}/wav`);
  const index = (root: string) => () => indexAll(indexer, SETTINGS, root);
  await assertRejects(index(folder.path), UserError, "found no folder TRAIN");
  await assertRejects(index(`${folder.path}/none`), UserError, "there is no such folder");
});

Deno.test("the test split needs the TEST folder alone, and a checkpoint's words none but its own", async () => {
  await using folder = await tempDir();
  writeTimitCorpus(folder.path, {});
  Deno.removeSync(`${folder.path}/TRAIN`, { recursive: true });
  const settings = { ...SETTINGS, output: "word", evaluated: ["<blank>", "critical", "a", "<unknown>"] };
  const request = { split: "test", settings, inputs: { audio: folder.path } } as const;
  const { classes, examples } = await indexer(request, { progress() {}, note() {} });
  assertEquals(classes, settings.evaluated);
  assertEquals(examples.length, 4);
  assertEquals(examples[0]!.labels, ["a", "<unknown>", "<unknown>"]);
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
