import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { speakerFindings } from "../../../lib/data/words_layout/divide.ts";
import { readLists } from "../../../lib/data/words_layout/lists.ts";
import { planSplit, type WordSettings } from "../../../lib/data/words_layout/split_index.ts";
import { speakerOf } from "../../../lib/data/words_layout/speaker.ts";
import { listingOf, soundFile } from "./words_folder.ts";

const SPEAKERS: readonly (readonly [string, string, string])[] = [
  ["yes", "0a7c2a8d_nohash_0.wav", "0a7c2a8d"],
  ["_unknown_", "eight_cfbedff9_nohash_0.wav.wav", "cfbedff9"],
  ["yes", "ann_3.wav", "ann"],
  ["yes", "jean-luc_3.flac", "jean-luc"],
  ["yes", "alice-yes-001.wav", "alice"],
  ["0", "0_jackson_3.wav", "jackson"],
  ["yes", "YES-bob-2.WAV", "bob"],
  ["yes", "yes_ann.wav", "ann"],
  ["yes", "yes_17.wav", "yes"],
  ["yes", "yesterday_1.wav", "yesterday"],
  ["yes", "001.wav", "001"],
  ["yes", "zoë_nohash_1.wav".normalize("NFD"), "zoë".normalize("NFC")],
  ["über".normalize("NFC"), "über_zoë_1.wav".normalize("NFD"), "zoë".normalize("NFC")],
];

for (const [folder, file, speaker] of SPEAKERS) {
  Deno.test(`the speaker of ${folder}/${file} is ${speaker}`, () => {
    assertEquals(speakerOf(folder, file), speaker);
  });
}

function told(names: readonly string[]): string[] {
  const files = names.map((path) => soundFile(...path.split("/") as [string, string]));
  return speakerFindings(files).filter((one) => one.names.length > 0).map(({ names, what }) =>
    `${names.length} ${what.split(",")[0]}`
  );
}

Deno.test("names that tell no speaker are told, and beginnings that are words", () => {
  assertEquals(told(["yes/ann_0.wav", "no/ann_0.wav", "yes/bob_0.wav", "no/bob_0.wav"]), []);
  assertEquals(told(["yes/1.wav", "yes/2.wav", "no/ann_0.wav"]), ["2 names tell no speaker"]);
  assertEquals(
    told(["zero/0_ann_1.wav", "zero/0_bob_1.wav", "one/1_ann_1.wav", "one/1_bob_1.wav"]),
    ["4 names begin with a number or date that was taken for the speaker", "2 beginnings of names"],
  );
  assertEquals(
    told(["yes/0_ann.wav", "no/0_ann.wav", "yes/2024-05-01_bob.wav", "no/17_3.wav", "no/18_nohash_a.wav"]),
    ["3 names begin with a number or date that was taken for the speaker"],
  );
});

const PATHS = ["no/a_0.wav", "no/b_0.flac", "yes/a_0.wav", "yes/c_0.WAV", "Ja/Ö_0.wav".normalize("NFC")];
const read = (testing: string, validation = "", paths = PATHS) =>
  readLists("data", { validation, testing }, paths, ["Ja", "no", "yes"]);

const SPELT: readonly (readonly [string, string])[] = [
  ["no/a_0.wav", "no/a_0.wav"],
  ["./no/a_0.wav", "no/a_0.wav"],
  ["no\\a_0.wav", "no/a_0.wav"],
  ["/home/me/data/no/a_0.wav", "no/a_0.wav"],
  ["yes/c_0.wav", "yes/c_0.WAV"],
  ["no/b_0.wav", "no/b_0.flac"],
  ["YES/a_0", "yes/a_0.wav"],
  ["c_0.wav", "yes/c_0.WAV"],
  ["ja/Ö_0.wav".normalize("NFD"), "Ja/Ö_0.wav".normalize("NFC")],
];

for (const [entry, path] of SPELT) {
  Deno.test(`${entry} in a list is ${path}`, () => {
    const { testing, respelt } = read(`${entry}\r\n\n`);
    assertEquals([...testing], [path]);
    assertEquals(respelt, entry === path ? [] : [entry]);
  });
}

Deno.test("entries that name no clip are told apart by whether their word is there", () => {
  const { testing, missing, elsewhere } = read("no/z_0.wav\nup/a_0.wav\nno/a_0.wav\nz_0.wav");
  assertEquals([...testing], ["no/a_0.wav"]);
  assertEquals([missing, elsewhere], [["no/z_0.wav", "z_0.wav"], ["up/a_0.wav"]]);
});

Deno.test("lists that cannot be understood are refused with a number and examples", () => {
  assertThrows(
    () => read("a_0.wav"),
    UserError,
    "found 1 entries that may mean several clips each (a_0.wav)",
  );
  assertThrows(
    () => read("no/a_0.wav", "./no/a_0.wav"),
    UserError,
    "found 1 clips in both lists (no/a_0.wav)",
  );
});

const SETTINGS: WordSettings = {
  targets: ["yes", "no"],
  unknown: 0,
  silence: 0,
  split: { rule: "auto", validationPercent: 20, testingPercent: 20, salt: "" },
  badFiles: "error",
  sampleRate: 16000,
  clipSamples: 16000,
  evaluated: null,
};

function listing(testing: string | undefined, validation: string | undefined) {
  const files = ["no", "yes"].flatMap((word) =>
    ["a", "b", "c"].map((name) => soundFile(word, `${name}_0.wav`))
  );
  return { ...listingOf("data", files), lists: { testing, validation } };
}

Deno.test("no clip of a test list is trained on, however it is spelt", () => {
  const content = listing("./yes/a_0.wav\nno/a_0.WAV", "yes/b_0.wav\nno/b_0.wav");
  const pathsOf = (split: "train" | "test") =>
    planSplit(content, SETTINGS, split).files.map(({ path }) => path);
  assertEquals(pathsOf("train"), ["no/c_0.wav", "yes/c_0.wav"]);
  assertEquals(pathsOf("test"), ["no/a_0.wav", "yes/a_0.wav"]);
  const alone = listing("yes/a_0.wav", undefined);
  assertThrows(
    () => planSplit(alone, SETTINGS, "train"),
    UserError,
    "found only testing_list.txt, wanted both",
  );
});

Deno.test("entries without a clip stop the index, or are passed over and told where bad files are", () => {
  const content = listing("yes/a_0.wav\nyes/a_7.wav", "");
  assertThrows(
    () => planSplit(content, SETTINGS, "train"),
    UserError,
    "1 of their entries name no clip (yes/a_7.wav)",
  );
  const { findings } = planSplit(content, { ...SETTINGS, badFiles: "skip" }, "train");
  assertEquals(findings.flatMap(({ names }) => names), ["yes/a_7.wav"]);
});

Deno.test("a word of any script is a target, in either normal form", () => {
  const files = ["a", "b", "c"].map((name) => soundFile("übung", `${name}_0.wav`));
  const { classes, files: planned } = planSplit(
    listingOf("data", files),
    { ...SETTINGS, targets: ["übung".normalize("NFD")], split: { ...SETTINGS.split, rule: "ranked" } },
    "train",
  );
  assertEquals([classes, planned.length], [["übung".normalize("NFD")], 1]);
});

Deno.test("to be tested on, a folder needs neither three speakers nor every class", () => {
  const files = ["ann_nohash_0.wav", "ann_nohash_1.wav"].map((name) => soundFile("yes", name));
  const settings: WordSettings = {
    ...SETTINGS,
    targets: ["yes", "no"],
    silence: 0,
    unknown: 0,
    split: { ...SETTINGS.split, rule: "ranked" },
  };
  const counts = (evaluated: string[] | null) =>
    (["train", "validation", "test"] as const).map((split) =>
      planSplit(listingOf("a", files), { ...settings, evaluated }, split).files.length
    );
  assertEquals(counts(["yes", "no"]), [0, 0, 2]);
  assertThrows(() => counts(null), UserError);
});
