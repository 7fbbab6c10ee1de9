/** What an error says to change is changed: then the folder can be indexed, or the next error says something else. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { UserError } from "../../../lib/base/errors.ts";
import { indexSplit, planSplit, type WordSettings } from "../../../lib/data/words_layout/split_index.ts";
import { SPLITS } from "../../../lib/records/example_index.ts";
import { indices, type ListedPaths, listingOf, soundFile } from "./words_folder.ts";

const SETTINGS: WordSettings = {
  targets: ["yes", "no"],
  unknown: 1,
  silence: 0,
  split: { rule: "ranked", validationPercent: 20, testingPercent: 20, salt: "" },
  badFiles: "error",
  sampleRate: 16000,
  clipSamples: 16000,
  evaluated: null,
};

type Clips = readonly (readonly [word: string, speakers: string])[];

/** What is wrong with a folder in which each letter is a speaker; nothing if it can be indexed. */
function trouble(clips: Clips, settings: WordSettings, lists?: ListedPaths): string | undefined {
  const files = clips.flatMap(([word, speakers]) =>
    [...speakers].map((speaker) => soundFile(word, `${speaker}_nohash_0.wav`))
  );
  const listing = listingOf("here", files, lists);
  try {
    indices(files, (split, read) => {
      const plan = planSplit(listing, settings, split);
      return indexSplit(listing, plan, read(plan.files), settings);
    });
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** Every way that an error offers, as settings. */
function* changed(message: string, settings: WordSettings): Generator<WordSettings> {
  for (const way of message.split(/\. |, or /)) {
    const changes = [...way.matchAll(/dataset\.([a-z.]+) to (\w+)/g)].map(([, key, value]) => [key!, value!]);
    // Other targets, and lists that have to be written, are for people.
    if (changes.length === 0 || /dataset\.targets| to lists/.test(way)) continue;
    const split = { ...settings.split };
    const other = { unknown: settings.unknown, silence: settings.silence };
    for (const [key, value] of changes) {
      if (key === "split.rule") split.rule = value as typeof split.rule;
      else if (key === "split.salt") split.salt = value!;
      else if (key === "unknown" || key === "silence") other[key] = Number(value);
      else throw new Error(`No setting ${key}`);
    }
    yield { ...settings, ...other, split };
  }
}

const cases: readonly (readonly [name: string, Clips, Partial<WordSettings>, remedy: string])[] = [
  ["targets alone", [["yes", "abcd"], ["no", "abcd"]], {}, "set dataset.unknown to 0"],
  [
    "a target of two speakers",
    [["yes", "abcd"], ["no", "ab"], ["up", "abcd"]],
    {},
    "Leave no out of dataset.targets, or add recordings: found 2 of no, wanted at least 3",
  ],
  [
    "other words of one speaker",
    [["yes", "abcd"], ["no", "abcd"], ["up", "a"]],
    {},
    "Set dataset.unknown to 0",
  ],
  ["no silence", [["yes", "abc"], ["no", "abc"], ["up", "abc"]], { silence: 1 }, "Set dataset.silence to 0"],
  [
    "words of different speakers",
    [["yes", "abc"], ["no", "defghi"]],
    { unknown: 0 },
    "Set dataset.split.salt to ",
  ],
  [
    "few speakers hashed",
    [["yes", "abc"], ["no", "abc"]],
    { unknown: 0, split: { ...SETTINGS.split, rule: "hash", validationPercent: 10 } },
    "Set dataset.split.rule to ranked",
  ],
];
for (const [name, clips, other, remedy] of cases) {
  Deno.test(`the remedy for ${name} is named, and cures`, () => {
    const settings = { ...SETTINGS, ...other };
    const message = trouble(clips, settings)!;
    assert(message.includes(remedy), message);
    for (const cured of changed(message, settings)) assertEquals(trouble(clips, cured), undefined);
  });
}

Deno.test("lists without a class are told which one to add to", () => {
  const clips: Clips = [["yes", "abc"], ["no", "abc"]];
  const paths = (letter: string) => new Set([`yes/${letter}_nohash_0.wav`]);
  const settings: WordSettings = { ...SETTINGS, unknown: 0, split: { ...SETTINGS.split, rule: "lists" } };
  const message = trouble(clips, settings, { validation: paths("a"), testing: paths("b") })!;
  assert(
    message.includes("List clips of no in validation_list.txt, or set dataset.split.rule to ranked"),
    message,
  );
  for (const cured of changed(message, settings)) assertEquals(trouble(clips, cured), undefined);
});

Deno.test("whoever does what errors say comes to an end, and never meets an error again", () => {
  const speakers = fc.uniqueArray(fc.constantFrom(..."abcdefghij"), { minLength: 1 }).map((all) =>
    all.join("")
  );
  const words = fc.constantFrom("yes", "no", "up", "down");
  const folders = fc.uniqueArray(fc.tuple(words, speakers), { selector: ([word]) => word, minLength: 2 });
  const settings = fc.record({
    unknown: fc.constantFrom(0, 1),
    silence: fc.constantFrom(0, 1),
    rule: fc.constantFrom("hash" as const, "ranked" as const, "auto" as const),
    percent: fc.constantFrom(0, 10, 30),
  });
  fc.assert(fc.property(folders, settings, (clips, { unknown, silence, rule, percent }) => {
    const split = { ...SETTINGS.split, rule, validationPercent: percent, testingPercent: percent };
    follow(clips, { ...SETTINGS, unknown, silence, split }, []);
  }));

  function follow(clips: Clips, settings: WordSettings, met: readonly string[]): void {
    const message = trouble(clips, settings);
    if (message === undefined) return;
    assertEquals(met.includes(message), false, [...met, message].join("\n"));
    for (const next of changed(message, settings)) follow(clips, next, [...met, message]);
  }
});

Deno.test("a class all of whose clips cannot be read is told so", () => {
  const files = ["yes", "no"].flatMap((word) =>
    [..."abc"].map((speaker) => soundFile(word, `${speaker}_nohash_0.wav`))
  );
  const listing = listingOf("here", files);
  const settings: WordSettings = { ...SETTINGS, unknown: 0, badFiles: "skip" };
  const plan = planSplit(listing, settings, SPLITS[1]);
  const bad = plan.files.filter(({ folder }) => folder === "no");
  const read = {
    files: files.filter(({ path }) => plan.files.some((file) => file.path === path && file.folder !== "no")),
    skipped: bad.map(({ path }) => ({ path, reason: "broken" })),
  };
  try {
    indexSplit(listing, plan, read, settings);
    throw new Error("It was indexed");
  } catch (error) {
    assert(error instanceof UserError && error.message.includes("1 clips of no can be read"), String(error));
  }
});
