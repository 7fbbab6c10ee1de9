import { assert, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { parseIndex, SPLITS } from "../../../lib/datasets/dataset_index.ts";
import { speakerOf } from "../../../lib/data/words_layout/speaker.ts";
import {
  type FolderContent,
  type FolderFile,
  indexFolder,
  type IndexSettings,
} from "../../../lib/datasets/speech_commands.ts";

const SETTINGS: IndexSettings = {
  targets: ["yes", "no"],
  unknown: 1,
  silence: 1,
  split: { rule: "ranked", validation_percent: 20, testing_percent: 20, salt: "" },
  bad_files: "error",
  sample_rate: 16000,
  clip_samples: 16000,
};
const SPEAKERS = Array.from({ length: 10 }, (_, i) => `s${i}`);

Deno.test("indexFolder() keeps the order of targets and puts silence and unknown last", () => {
  const index = indexFolder(folder(), { ...SETTINGS, targets: ["no", "yes"] });
  assertEquals(index.classes, ["no", "yes", "_silence_", "_unknown_"]);
  assertEquals(index.counts.train, { no: 6, yes: 6, _silence_: 6, _unknown_: 6 });
  assertEquals(index.counts.test, { no: 2, yes: 2, _silence_: 2, _unknown_: 2 });
  assertEquals(index.split_rule, "ranked");
});

Deno.test("indexFolder() keeps each speaker in one split, and clips in order whatever the folder's order", () => {
  const content = folder();
  const index = indexFolder(content, SETTINGS);
  const splitsOf = new Map<string, Set<string>>();
  for (const split of SPLITS) {
    for (const { speaker, start } of index.splits[split]) {
      if (start === undefined) splitsOf.set(speaker, (splitsOf.get(speaker) ?? new Set()).add(split));
    }
    const paths = index.splits[split].map(({ path }) => path);
    assertEquals(paths, paths.toSorted());
  }
  assert([...splitsOf.values()].every((splits) => splits.size === 1));
  assertEquals(index.notes.shared_speakers, 0);
  assertEquals(indexFolder({ ...content, files: content.files.toReversed() }, SETTINGS), index);
});

Deno.test("indexFolder() leaves other words out and counts them when unknown is not wanted", () => {
  const index = indexFolder(folder(), { ...SETTINGS, unknown: 0, silence: 0 });
  assertEquals(index.classes, ["yes", "no"]);
  assertEquals(index.notes.left_out, 10);
  assert(SPLITS.every((split) => index.splits[split].every(({ path }) => /^(yes|no)\//.test(path))));
});

Deno.test("indexFolder() thins unknown words out in validation and test, not in training", () => {
  const others = ["cat", "dog", "bed"].flatMap((word) =>
    SPEAKERS.map((s) => file(word, `${s}_nohash_0.wav`))
  );
  const content = { ...folder(), files: [...folder().files, ...others] };
  const index = indexFolder({ ...content, folders: [...content.folders, "cat", "dog", "bed"] }, {
    ...SETTINGS,
    silence: 0,
  });
  assertEquals(index.counts.train["_unknown_"], 24);
  assertEquals([index.counts.validation["_unknown_"], index.counts.test["_unknown_"]], [2, 2]);
  const words = index.splits.test.filter(({ label }) => label === "_unknown_").map(({ path }) =>
    path.split("/")[0]
  );
  assertEquals(new Set(words).size, 2, "the kept clips should be of different words");
  assertEquals(index.notes.left_out, 12);
  assertEquals(indexFolder(content, { ...SETTINGS, silence: 0, unknown: 100 }).notes.left_out, 0);
});

Deno.test("indexFolder() takes the folders _unknown_ and _silence_ as those classes", () => {
  const content = folder();
  const files = [
    ...content.files.filter(({ folder }) => folder !== "bird" && folder !== "_background_noise_"),
    ...SPEAKERS.map((speaker) => file("_unknown_", `eight_${speaker}_nohash_0.wav.wav`)),
    ...Array.from({ length: 60 }, (_, i) => file("_silence_", `${i}.wav`)),
  ];
  const index = indexFolder(
    { ...content, folders: [...new Set(files.map((f) => f.folder))], files },
    SETTINGS,
  );
  assertEquals(index.counts.train, { yes: 6, no: 6, _silence_: 6, _unknown_: 6 });
  assert(index.splits.train.every(({ start }) => start === undefined));
  assertEquals(index.notes.left_out, 0);
});

Deno.test("indexFolder() uses the lists under auto when there are both, else the hash", () => {
  const lists = { validation: new Set(paths(["s0"])), testing: new Set(paths(["s1", "s2"])) };
  const index = indexFolder(folder({ lists }), { ...SETTINGS, split: { ...SETTINGS.split, rule: "auto" } });
  assertEquals(index.split_rule, "lists");
  assertEquals([index.counts.validation.yes, index.counts.test.yes, index.counts.train.yes], [1, 2, 7]);
  assertEquals([...new Set(index.splits.validation.map(({ speaker }) => speaker))], ["running_tap", "s0"]);

  const hashed = indexFolder(folder({ speakers: 60 }), {
    ...SETTINGS,
    split: { ...SETTINGS.split, rule: "auto" },
  });
  assertEquals(hashed.split_rule, "hash");
});

Deno.test("indexFolder() counts speakers that the folder's lists put into two splits", () => {
  const lists = {
    validation: new Set([...paths(["s0"]), "yes/s3_nohash_0.wav"]),
    testing: new Set(paths(["s1"])),
  };
  assertEquals(indexFolder(folder({ lists }), listed()).notes.shared_speakers, 1);
});

Deno.test("indexFolder() counts what will be resampled, mixed down, padded and trimmed", () => {
  const content = folder();
  const change = (path: string, values: Partial<FolderFile>) => (f: FolderFile) =>
    f.path === path ? { ...f, ...values } : f;
  const files = content.files
    .map(change("yes/s0_nohash_0.wav", { sampleRate: 44100, frames: 44100, channels: 2 }))
    .map(change("yes/s1_nohash_0.wav", { frames: 15999 }))
    .map(change("no/s2_nohash_0.wav", { sampleRate: 8000, frames: 8001 }));
  const { notes } = indexFolder({ ...content, files }, SETTINGS);
  assertEquals([notes.resampled, notes.mixed_down, notes.padded, notes.trimmed], [2, 1, 1, 1]);
});

Deno.test("indexFolder() survives parseIndex()", () => {
  const index = indexFolder(folder(), SETTINGS);
  assertEquals(parseIndex(JSON.stringify(index)) as unknown, index as unknown);
});

Deno.test("parseIndex() names the field when the text is no index", () => {
  assertThrows(() => parseIndex("{"), UserError, "wanted index.json of format 1");
  const wrong = { ...indexFolder(folder(), SETTINGS), sample_rate: "fast" };
  assertThrows(() => parseIndex(JSON.stringify(wrong)), UserError, "sample_rate: ");
});

const BAD: readonly [string, FolderContent, IndexSettings, string][] = [
  [
    "a target without a folder",
    folder(),
    { ...SETTINGS, targets: ["yes", "brid"] },
    'the target "brid" has no folder with WAVE files; found bird, no, yes. Did you mean "bird"?',
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
    { ...folder(), files: folder().files.filter((f) => f.folder !== "_background_noise_") },
    SETTINGS,
    "the train split has no clips of _silence_; wanted clips of every class in every split. Set dataset.silence to 0",
  ],
];

for (const [name, content, settings, text] of BAD) {
  Deno.test(`indexFolder() refuses ${name} in one sentence that helps`, () => {
    const error = assertThrows(() => indexFolder(content, settings), UserError, text);
    assertEquals(error.reason, "bad-dataset");
  });
}

function listed(): IndexSettings {
  return { ...SETTINGS, split: { ...SETTINGS.split, rule: "lists" } };
}

function folder(options: { lists?: FolderContent["lists"]; speakers?: number } = {}): FolderContent {
  const speakers = Array.from({ length: options.speakers ?? SPEAKERS.length }, (_, i) => `s${i}`);
  const words = ["bird", "no", "yes"];
  return {
    name: "data",
    folders: ["_background_noise_", ...words],
    files: [
      ...words.flatMap((word) => speakers.map((speaker) => file(word, `${speaker}_nohash_0.wav`))),
      ...["hum", "running_tap"].map((stem) => ({
        ...file("_background_noise_", `${stem}.wav`),
        frames: 60 * 16000,
      })),
    ],
    lists: options.lists,
    skipped: [],
  };
}

function file(folder: string, name: string): FolderFile {
  const path = `${folder}/${name}`;
  return { folder, path, speaker: speakerOf(folder, name), sampleRate: 16000, channels: 1, frames: 16000 };
}

function paths(speakers: readonly string[]): string[] {
  return ["bird", "no", "yes"].flatMap((word) =>
    speakers.map((speaker) => `${word}/${speaker}_nohash_0.wav`)
  );
}
