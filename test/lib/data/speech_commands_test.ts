import { assert, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import {
  type ArchiveSettings,
  indexArchive,
  planArchive,
} from "../../../lib/data/speech_commands/archive_index.ts";
import type { Listing, SoundFile } from "../../../lib/data/words_layout/listing.ts";
import type { ExampleIndex } from "../../../lib/records/example_index.ts";
import { counts, indices, listingOf, noteSum, soundFile } from "./words_folder.ts";

const SETTINGS: ArchiveSettings = {
  targets: ["no", "yes"],
  badFiles: "error",
  sampleRate: 16000,
  clipSamples: 16000,
  evaluated: null,
};
const WORDS = ["bird", "cat", "no", "yes"];

Deno.test("the main archive is divided by its lists; the test split is the test set alone", () => {
  const all = indexed(mainArchive(), testArchive());
  const { train, validation, test } = all;
  assertEquals(train.classes, ["no", "yes", "_silence_", "_unknown_"]);
  assertEquals([counts(train)["no"], counts(train)["yes"], counts(train)["_unknown_"]], [3, 3, 6]);
  const ofValidation = counts(validation);
  assertEquals([ofValidation["no"], ofValidation["yes"], ofValidation["_unknown_"]], [1, 1, 2]);
  assertEquals(counts(test), { no: 1, yes: 1, _silence_: 2, _unknown_: 1 });
  assertEquals(noteSum(all, "left_out"), 4, "what the main archive lists for testing is in no split");
  assertEquals(noteSum(all, "shared_speakers"), 0);
  assertEquals(test.examples.map(({ path }) => path), [
    "_silence_/0.wav",
    "_silence_/1.wav",
    "_unknown_/eight_s4_nohash_0.wav.wav",
    "no/s4_nohash_0.wav",
    "yes/s4_nohash_0.wav",
  ]);
  assertEquals(test.examples[2]!.speaker, "s4");
});

Deno.test("silence is cut from the archive as Python's range(0, samples - 16000, 8000) does", () => {
  const { train, validation } = indexed(mainArchive(), testArchive());
  const starts = ({ examples }: ExampleIndex, path: string) =>
    examples.filter((clip) => clip.path === `_background_noise_/${path}`).map(({ start }) => start);
  assertEquals(starts(validation, "running_tap.wav"), [0, 8000, 16000]); // 40000 samples: 24000 is excluded
  assertEquals(starts(train, "white_noise.wav"), [0, 8000, 16000, 24000]); // 40001
  assertEquals(starts(train, "running_tap.wav"), []);
  assertEquals(starts(validation, "white_noise.wav"), []);
});

Deno.test("no header is read of what the main archive lists for testing, or of another split", () => {
  const files = planArchive(mainArchive().listing, SETTINGS, "validation").files.map(({ path }) => path);
  assert(files.every((path) => /running_tap|s3_nohash/.test(path)), files.join(" "));
});

const BAD: readonly [string, Archive, Archive, string][] = [
  [
    "no lists",
    { ...mainArchive(), listing: listingOf("main", mainArchive().files) },
    testArchive(),
    "wanted validation_list.txt and testing_list.txt",
  ],
  [
    "a listed clip that is missing",
    without(mainArchive(), ({ path }) => path === "yes/s3_nohash_0.wav"),
    testArchive(),
    "names 1 clips that are not there: yes/s3_nohash_0.wav. Unpack",
  ],
  [
    "a test set without a target",
    mainArchive(),
    without(testArchive(), ({ folder }) => folder === "no"),
    'Cannot index test: the target "no" has no folder',
  ],
  [
    "a test set without silence",
    mainArchive(),
    without(testArchive(), ({ folder }) => folder === "_silence_"),
    "Cannot index test: the test split has no clips of _silence_",
  ],
];

for (const [name, main, test, text] of BAD) {
  Deno.test(`archives with ${name} are refused`, () => {
    const error = assertThrows(() => indexed(main, test), UserError, text);
    assertEquals(error.reason, "bad-dataset");
  });
}

interface Archive {
  readonly listing: Listing;
  readonly files: readonly SoundFile[];
}

function indexed(main: Archive, test: Archive) {
  return indices([...main.files, ...test.files], (split, read) => {
    const { listing } = split === "test" ? test : main;
    const plan = planArchive(listing, SETTINGS, split);
    return indexArchive(listing, plan, read(plan.files), SETTINGS);
  });
}

/** Speakers s0 to s2 are for training, s3 is listed for validation, s4 for testing. */
function mainArchive(): Archive {
  const listed = (speaker: string) => new Set(WORDS.map((word) => `${word}/${speaker}_nohash_0.wav`));
  const files = [
    ...WORDS.flatMap((word) => [0, 1, 2, 3, 4].map((i) => soundFile(word, `s${i}_nohash_0.wav`))),
    soundFile("_background_noise_", "running_tap.wav", 40000),
    soundFile("_background_noise_", "white_noise.wav", 40001),
  ];
  return { files, listing: listingOf("main", files, { validation: listed("s3"), testing: listed("s4") }) };
}

function testArchive(): Archive {
  const files = [
    soundFile("_silence_", "0.wav"),
    soundFile("_silence_", "1.wav"),
    soundFile("_unknown_", "eight_s4_nohash_0.wav.wav"),
    soundFile("no", "s4_nohash_0.wav"),
    soundFile("yes", "s4_nohash_0.wav"),
  ];
  return { files, listing: listingOf("test", files) };
}

function without({ files, listing }: Archive, gone: (file: SoundFile) => boolean): Archive {
  const left = files.filter((file) => !gone(file));
  return { files: left, listing: { ...listingOf(listing.name, left), lists: listing.lists } };
}
