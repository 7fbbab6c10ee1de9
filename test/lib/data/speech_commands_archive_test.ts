import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { parseIndex } from "../../../lib/datasets/dataset_index.ts";
import { speakerOf } from "../../../lib/data/words_layout/speaker.ts";
import type { FolderContent, FolderFile } from "../../../lib/datasets/speech_commands.ts";
import { indexArchive } from "../../../lib/datasets/speech_commands_archive.ts";

const SETTINGS = {
  targets: ["no", "yes"],
  bad_files: "error",
  sample_rate: 16000,
  clip_samples: 16000,
} as const;
const WORDS = ["bird", "cat", "no", "yes"];

Deno.test("indexArchive() divides the main archive by its lists and tests on the test set alone", () => {
  const index = indexArchive(main(), test(), SETTINGS);
  assertEquals(index.classes, ["no", "yes", "_silence_", "_unknown_"]);
  const { train, validation } = index.counts;
  assertEquals([train.no, train.yes, train._unknown_], [3, 3, 6]);
  assertEquals([validation.no, validation.yes, validation._unknown_], [1, 1, 2]);
  assertEquals(index.counts.test, { no: 1, yes: 1, _silence_: 2, _unknown_: 1 });
  assertEquals(index.notes.left_out, 4, "what the main archive lists for testing is in no split");
  assertEquals(index.notes.shared_speakers, 0);
  assertEquals(index.splits.test.map(({ path }) => path), [
    "_silence_/0.wav",
    "_silence_/1.wav",
    "_unknown_/eight_s4_nohash_0.wav.wav",
    "no/s4_nohash_0.wav",
    "yes/s4_nohash_0.wav",
  ]);
  assertEquals(index.splits.test[2]!.speaker, "s4");
  assertEquals(parseIndex(JSON.stringify(index)) as unknown, index as unknown);
});

Deno.test("indexArchive() cuts silence as Python's range(0, samples - 16000, 8000) does", () => {
  const { splits } = indexArchive(main(), test(), SETTINGS);
  const starts = (clips: typeof splits.train, path: string) =>
    clips.filter((clip) => clip.path === `_background_noise_/${path}`).map(({ start }) => start);
  assertEquals(starts(splits.validation, "running_tap.wav"), [0, 8000, 16000]); // 40000 samples: 24000 is excluded
  assertEquals(starts(splits.train, "white_noise.wav"), [0, 8000, 16000, 24000]); // 40001
  assertEquals(starts(splits.train, "running_tap.wav"), []);
  assertEquals(starts(splits.validation, "white_noise.wav"), []);
});

const BAD: readonly [string, FolderContent, FolderContent, string][] = [
  ["no lists", { ...main(), lists: undefined }, test(), "wanted validation_list.txt and testing_list.txt"],
  [
    "a listed clip that is missing",
    { ...main(), files: main().files.filter(({ path }) => path !== "yes/s3_nohash_0.wav") },
    test(),
    "names 1 clips that are not there, the first: yes/s3_nohash_0.wav. Unpack",
  ],
  [
    "a test set without a target",
    main(),
    { ...test(), folders: ["_silence_", "_unknown_", "yes"] },
    'Cannot index test: the target "no" has no folder',
  ],
  [
    "a test set without silence",
    main(),
    { ...test(), files: test().files.filter(({ folder }) => folder !== "_silence_") },
    "Cannot index test: the test split has no clips of _silence_",
  ],
];

for (const [name, archive, testSet, text] of BAD) {
  Deno.test(`indexArchive() refuses ${name}`, () => {
    const error = assertThrows(() => indexArchive(archive, testSet, SETTINGS), UserError, text);
    assertEquals(error.reason, "bad-dataset");
  });
}

/** Speakers s0 to s2 are for training, s3 is listed for validation, s4 for testing. */
function main(): FolderContent {
  const listed = (speaker: string) => new Set(WORDS.map((word) => `${word}/${speaker}_nohash_0.wav`));
  return {
    name: "main",
    folders: ["_background_noise_", ...WORDS],
    files: [
      ...WORDS.flatMap((word) => [0, 1, 2, 3, 4].map((i) => file(word, `s${i}_nohash_0.wav`))),
      { ...file("_background_noise_", "running_tap.wav"), frames: 40000 },
      { ...file("_background_noise_", "white_noise.wav"), frames: 40001 },
    ],
    lists: { validation: listed("s3"), testing: listed("s4") },
    skipped: [],
  };
}

function test(): FolderContent {
  return {
    name: "test",
    folders: ["_silence_", "_unknown_", "no", "yes"],
    files: [
      file("_silence_", "0.wav"),
      file("_silence_", "1.wav"),
      file("_unknown_", "eight_s4_nohash_0.wav.wav"),
      file("no", "s4_nohash_0.wav"),
      file("yes", "s4_nohash_0.wav"),
    ],
    lists: undefined,
    skipped: [],
  };
}

function file(folder: string, name: string): FolderFile {
  const path = `${folder}/${name}`;
  return { folder, path, speaker: speakerOf(folder, name), sampleRate: 16000, channels: 1, frames: 16000 };
}
