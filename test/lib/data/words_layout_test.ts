import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { UserError } from "../../../lib/base/errors.ts";
import type { Listing, SoundFile } from "../../../lib/data/words_layout/listing.ts";
import { listWords, readHeaders } from "../../../lib/data/words_layout/listing_io.ts";
import { indexSplit, planSplit, type WordSettings } from "../../../lib/data/words_layout/split_index.ts";
import { type ExampleIndex, indexText, parseIndex, SPLITS } from "../../../lib/records/example_index.ts";
import { chunk, formatChunk, riff } from "../audio/wav_bytes.ts";
import { counts, indices, type ListedPaths, listingOf, noteSum, soundFile } from "./words_folder.ts";
import { tempFolder } from "./temp_folder.ts";

const SETTINGS: WordSettings = {
  targets: ["yes", "no"],
  unknown: 1,
  silence: 1,
  split: { rule: "ranked", validationPercent: 20, testingPercent: 20, salt: "" },
  badFiles: "error",
  sampleRate: 16000,
  clipSamples: 16000,
  evaluated: null,
};
const SPEAKERS = Array.from({ length: 10 }, (_, i) => `s${i}`);

Deno.test("a folder's index keeps the order of targets and puts silence and unknown last", () => {
  const { train, test } = indexed(folder(), { ...SETTINGS, targets: ["no", "yes"] });
  assertEquals(train.classes, ["no", "yes", "_silence_", "_unknown_"]);
  assertEquals(counts(train), { no: 6, yes: 6, _silence_: 6, _unknown_: 6 });
  assertEquals(counts(test), { no: 2, yes: 2, _silence_: 2, _unknown_: 2 });
  assertEquals(test.notes["split_by"], "ranked");
});

Deno.test("each speaker is in one split, and clips are in order", () => {
  const all = indexed(folder(), SETTINGS);
  const splitsOf = new Map<string, Set<string>>();
  for (const split of SPLITS) {
    for (const { speaker, start } of all[split].examples) {
      if (start === undefined) splitsOf.set(speaker, (splitsOf.get(speaker) ?? new Set()).add(split));
    }
    const paths = all[split].examples.map(({ path }) => path);
    assertEquals(paths, paths.toSorted());
    assertEquals(new Set(all[split].examples.map(({ name }) => name)).size, paths.length);
    assertEquals(all[split].notes["shared_speakers"], 0);
  }
  assert([...splitsOf.values()].every((splits) => splits.size === 1));
});

Deno.test("a split reads the headers of its own files and of recordings with a part for it", () => {
  const { listing } = folder();
  const readFor = (split: typeof SPLITS[number]) =>
    planSplit(listing, SETTINGS, split).files.map(({ path }) => path);
  const words = SPLITS.flatMap(readFor).filter((path) => !path.startsWith("_"));
  assertEquals(words.length, 30);
  assertEquals(new Set(words).size, 30);
  const noises = SPLITS.map((split) => readFor(split).filter((path) => path.startsWith("_")));
  assertEquals(noises, [
    ["_background_noise_/hum.wav"],
    ["_background_noise_/running_tap.wav"],
    ["_background_noise_/hum.wav"],
  ]);
  const without = planSplit(listing, { ...SETTINGS, unknown: 0, silence: 0 }, "test").files;
  assert(without.every(({ path }) => /^(yes|no)\//.test(path)));
});

Deno.test("other words are left out and counted when unknown is not wanted", () => {
  const all = indexed(folder(), { ...SETTINGS, unknown: 0, silence: 0 });
  assertEquals(all.train.classes, ["yes", "no"]);
  assertEquals(noteSum(all, "left_out"), 10);
  assert(SPLITS.every((split) => all[split].examples.every(({ path }) => /^(yes|no)\//.test(path))));
});

Deno.test("unknown words are thinned out in validation and test, not in training", () => {
  const more = folder({ words: ["bed", "bird", "cat", "dog", "no", "yes"] });
  const all = indexed(more, { ...SETTINGS, silence: 0 });
  assertEquals(counts(all.train)["_unknown_"], 24);
  assertEquals([counts(all.validation)["_unknown_"], counts(all.test)["_unknown_"]], [2, 2]);
  const words = all.test.examples.filter(({ labels }) => labels[0] === "_unknown_").map(({ path }) =>
    path.split("/")[0]
  );
  assertEquals(new Set(words).size, 2, "the kept clips should be of different words");
  assertEquals(noteSum(all, "left_out"), 12);
  assertEquals(noteSum(indexed(folder(), { ...SETTINGS, silence: 0, unknown: 100 }), "left_out"), 0);
});

Deno.test("the folders _unknown_ and _silence_ are those classes", () => {
  const files = [
    ...folder().files.filter(({ folder }) => folder !== "bird" && folder !== "_background_noise_"),
    ...SPEAKERS.map((speaker) => soundFile("_unknown_", `eight_${speaker}_nohash_0.wav.wav`)),
    ...Array.from({ length: 60 }, (_, i) => soundFile("_silence_", `${i}.wav`)),
  ];
  const all = indexed({ files, listing: listingOf("data", files) }, SETTINGS);
  assertEquals(counts(all.train), { yes: 6, no: 6, _silence_: 6, _unknown_: 6 });
  assert(all.train.examples.every(({ start }) => start === undefined));
  assertEquals(noteSum(all, "left_out"), 0);
});

Deno.test("auto is the lists if there are both, else the hash", () => {
  const lists = { validation: new Set(paths(["s0"])), testing: new Set(paths(["s1", "s2"])) };
  const auto: WordSettings = { ...SETTINGS, split: { ...SETTINGS.split, rule: "auto" } };
  const all = indexed(folder({ lists }), auto);
  assertEquals(all.train.notes["split_by"], "lists");
  assertEquals(SPLITS.map((split) => counts(all[split])["yes"]), [7, 1, 2]);
  const speakers = [...new Set(all.validation.examples.map(({ speaker }) => speaker))];
  assertEquals(speakers, ["running_tap", "s0"]);
  assertEquals(indexed(folder({ speakers: 60 }), auto).train.notes["split_by"], "hash");
});

Deno.test("speakers that the folder's lists put into two splits are counted", () => {
  const lists = {
    validation: new Set([...paths(["s0"]), "yes/s3_nohash_0.wav"]),
    testing: new Set(paths(["s1"])),
  };
  const all = indexed(folder({ lists }), listed());
  assertEquals(SPLITS.map((split) => all[split].notes["shared_speakers"]), [1, 1, 0]);
});

Deno.test("what will be resampled, mixed down, padded and trimmed is counted", () => {
  const { listing, files } = folder();
  const change = (path: string, values: Partial<SoundFile>) => (f: SoundFile) =>
    f.path === path ? { ...f, ...values } : f;
  const changed = files
    .map(change("yes/s0_nohash_0.wav", { sampleRate: 44100, frames: 44100, channels: 2 }))
    .map(change("yes/s1_nohash_0.wav", { frames: 15999 }))
    .map(change("no/s2_nohash_0.wav", { sampleRate: 8000, frames: 8001 }));
  const all = indexed({ listing, files: changed }, SETTINGS);
  const notes = ["resampled", "mixed_down", "padded", "trimmed"].map((key) => noteSum(all, key));
  assertEquals(notes, [2, 1, 1, 1]);
});

Deno.test("a checkpoint is evaluated on whatever a split has of its classes, in its order", () => {
  const evaluated = ["_silence_", "left", "yes", "_unknown_"];
  const settings: WordSettings = {
    ...SETTINGS,
    targets: ["left", "yes"],
    split: { ...SETTINGS.split, rule: "hash" },
    evaluated,
  };
  const all = indexed(folder({ speakers: 1 }), settings);
  assertEquals(SPLITS.map((split) => all[split].classes), [evaluated, evaluated, evaluated]);
  const spoken = SPLITS.map((split) => all[split].examples.filter(({ start }) => start === undefined).length);
  assertEquals(
    spoken.toSorted(),
    [0, 0, 3],
    "one speaker is in one split",
  );
});

Deno.test("indexText() and parseIndex() are inverse", () => {
  const { train } = indexed(folder(), SETTINGS);
  assertEquals(parseIndex(indexText(train), "index.json"), train);
  assert(indexText(train).includes('"clip_samples": 16000'));
});

Deno.test("parseIndex() names the file and the field when the text is no index", () => {
  const read = (text: string) => () => parseIndex(text, "x/index.json");
  assertThrows(read("{"), UserError, "Cannot read the data set's index x/index.json");
  const wrong = { ...JSON.parse(indexText(indexed(folder(), SETTINGS).train)), sample_rate: "fast" };
  assertThrows(read(JSON.stringify(wrong)), UserError, "sample_rate: ");
});

const BAD: readonly [string, Folder, WordSettings, string][] = [
  [
    "a target without a folder",
    folder(),
    { ...SETTINGS, targets: ["yes", "brid"] },
    'the target "brid" has no folder with .wav, .flac, .mp3 or .ogg files; found bird, no, yes. Did you mean "bird"?',
  ],
  ["missing lists", folder(), listed(), "wanted both validation_list.txt and testing_list.txt"],
  ["two speakers", folder({ speakers: 2 }), SETTINGS, "found 2 (s0, s1), wanted at least 3"],
  [
    "a class missing in a split",
    folder({ lists: { validation: new Set(["yes/s0_nohash_0.wav"]), testing: new Set(paths(["s1"])) } }),
    listed(),
    "the validation split has no clips of no, _unknown_",
  ],
  [
    "no background noise",
    folder({ noises: [] }),
    SETTINGS,
    "the train split has no clips of _silence_; wanted clips of every class in every split. Set dataset.silence to 0",
  ],
];

for (const [name, content, settings, text] of BAD) {
  Deno.test(`indexing a folder with ${name} is refused in one sentence that helps`, () => {
    const error = assertThrows(() => indexed(content, settings), UserError, text);
    assertEquals(error.reason, "bad-dataset");
  });
}

Deno.test("listWords() lists WAVE files of folders and the lists, readHeaders() reads their headers", async () => {
  using folder = tempFolder();
  folder.write("yes/a_nohash_0.wav", encodeWav16(new Float32Array(100), 8000));
  const long = chunk("LIST", new Uint8Array(3000));
  folder.write(
    "no/b_nohash_0.WAV",
    riff(long, formatChunk({ channels: 2 }), chunk("data", new Uint8Array(400))),
  );
  for (const name of ["README.md", "yes/notes.txt", "docs/notes.txt", ".hidden/c.wav", "yes/._a.wav"]) {
    folder.write(name, new Uint8Array(4));
  }
  const listing = listWords(folder.path);
  assertEquals(listing.folders, ["no", "yes"]);
  assertEquals(listing.lists, { validation: undefined, testing: undefined });
  const { files } = await readHeaders(folder.path, listing.files, "error", () => {});
  const plain = { isFine: false, gain: 1, isBeyond: false };
  assertEquals(files, [
    {
      folder: "no",
      path: "no/b_nohash_0.WAV",
      speaker: "b",
      sampleRate: 16000,
      channels: 2,
      frames: 100,
      ...plain,
    },
    {
      folder: "yes",
      path: "yes/a_nohash_0.wav",
      speaker: "a",
      sampleRate: 8000,
      channels: 1,
      frames: 100,
      ...plain,
    },
  ]);
  folder.write("validation_list.txt", new TextEncoder().encode("yes/a_nohash_0.wav\r\n\n"));
  folder.write("testing_list.txt", new Uint8Array(0));
  assertEquals(listWords(folder.path).lists, { validation: "yes/a_nohash_0.wav\r\n\n", testing: "" });
});

Deno.test("readHeaders() stops at a truncated file, or skips and lists it", async () => {
  using folder = tempFolder();
  folder.write("yes/a_nohash_0.wav", encodeWav16(new Float32Array(100), 16000));
  folder.write("yes/b_nohash_0.wav", encodeWav16(new Float32Array(100), 16000).subarray(0, 100));
  folder.write("yes/c_nohash_0.wav", encodeWav16(new Float32Array(0), 16000));
  const { files } = listWords(folder.path);
  const read = (badFiles: "error" | "skip") => readHeaders(folder.path, files, badFiles, () => {});
  const error = await assertRejects(() => read("error"), UserError, folder.path);
  assertEquals(error.reason, "bad-audio");
  const { files: good, skipped } = await read("skip");
  assertEquals(good.map(({ path }) => path), ["yes/a_nohash_0.wav"]);
  assertEquals(skipped.map(({ path }) => path), ["yes/b_nohash_0.wav", "yes/c_nohash_0.wav"]);
  assert(skipped.every(({ reason }) => !reason.includes(folder.path)));
});

Deno.test("listWords() refuses a missing and an empty folder", () => {
  using folder = tempFolder();
  assertThrows(
    () => listWords(`${folder.path}/none`),
    UserError,
    `Cannot index ${folder.path}/none: there is no such folder.`,
  );
  assertThrows(() => listWords(folder.path), UserError, "found no .wav, .flac, .mp3 or .ogg files");
});

interface Folder {
  readonly listing: Listing;
  readonly files: readonly SoundFile[];
}

interface FolderOptions {
  readonly lists?: ListedPaths;
  readonly speakers?: number;
  readonly words?: readonly string[];
  readonly noises?: readonly string[];
}

function indexed(
  { listing, files }: Folder,
  settings: WordSettings,
): Record<typeof SPLITS[number], ExampleIndex> {
  return indices(files, (split, read) => {
    const plan = planSplit(listing, settings, split);
    return indexSplit(listing, plan, read(plan.files), settings);
  });
}

function listed(): WordSettings {
  return { ...SETTINGS, split: { ...SETTINGS.split, rule: "lists" } };
}

function folder(
  { lists, speakers = SPEAKERS.length, words = ["bird", "no", "yes"], noises = ["hum", "running_tap"] }:
    FolderOptions = {},
): Folder {
  const files = [
    ...words.flatMap((word) =>
      Array.from({ length: speakers }, (_, i) => soundFile(word, `s${i}_nohash_0.wav`))
    ),
    ...noises.map((stem) => soundFile("_background_noise_", `${stem}.wav`, 60 * 16000)),
  ];
  return { files, listing: listingOf("data", files, lists) };
}

function paths(speakers: readonly string[]): string[] {
  return ["bird", "no", "yes"].flatMap((word) =>
    speakers.map((speaker) => `${word}/${speaker}_nohash_0.wav`)
  );
}
