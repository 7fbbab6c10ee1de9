import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { entriesOfList, excludeExamples } from "../../../lib/data/exclusion/exclude.ts";
import { findingText } from "../../../lib/data/finding.ts";
import type { ExampleIndex, SplitName } from "../../../lib/records/example_index.ts";

const NAMES = [
  "_background_noise_/hum.wav@0",
  "_background_noise_/hum.wav@8000",
  "no/a_nohash_0.wav",
  "no/b_nohash_0.wav",
  "yes/a_nohash_0.wav",
  "yes/b_nohash_0.wav",
];

function indexOf(names: readonly string[], split: SplitName = "train"): ExampleIndex {
  const examples = names.map((name) => ({
    name,
    input: "audio",
    path: name.split("@")[0]!,
    speaker: "a",
    samples: 16000,
    labels: [name.split("/")[0]!],
  }));
  const classes = [...new Set(examples.flatMap(({ labels }) => labels))];
  return {
    split,
    classes,
    sampleRate: 16000,
    clipSamples: 16000,
    sampleBits: 16,
    examples,
    notes: { left_out: 0 },
    skipped: [],
  };
}

const without = (entries: string[], { split = "train" as SplitName, others = [] as string[] } = {}) =>
  excludeExamples(indexOf(NAMES, split), entries, new Set(others), "bad.txt");
const kept = (entries: string[]) => without(entries).index.examples.map(({ name }) => name);

Deno.test("a list has a name a line, comments, and whatever stands behind a tab", () => {
  assertEquals(
    entriesOfList("# heard as no\nyes/a.wav\theard as no, 0.98\r\n\n  no/b.wav  \nyes/a.wav\n"),
    ["yes/a.wav", "no/b.wav"],
  );
});

for (
  const entry of [
    "yes/a_nohash_0.wav",
    "./yes/a_nohash_0.wav",
    "data/yes/A_nohash_0.WAV",
    "yes\\a_nohash_0.flac",
  ]
) {
  Deno.test(`${entry} takes its clip out, and no other`, () => {
    assertEquals(kept([entry]), NAMES.filter((name) => name !== "yes/a_nohash_0.wav"));
  });
}

Deno.test("a window is taken out by its name, all of a recording's by the recording's", () => {
  assertEquals(kept(["_background_noise_/hum.wav@8000"]), NAMES.filter((name) => !name.endsWith("@8000")));
  assertThrows(
    () => kept(["_background_noise_/hum.wav"]),
    UserError,
    "no examples of _background_noise_ left",
  );
});

Deno.test("what was left out is counted, told, and told as a warning of the test split", () => {
  const [train] = without(["no/b_nohash_0.wav"]).findings;
  assertEquals([train!.level, train!.names], ["info", ["no/b_nohash_0.wav"]]);
  const { index, findings: [test] } = without(["no/b_nohash_0.wav"], { split: "test" });
  assertEquals(index.notes, { left_out: 0, excluded: 1 });
  assertEquals(test!.level, "warning");
  assertMatch(
    findingText(test!),
    /^1 examples are taken OUT OF THE TEST SPLIT, as bad.txt lists them: no\/b_/,
  );
});

Deno.test("entries that name nothing are warned of, those of other splits are not", () => {
  const { index, findings } = without(["up/c_nohash_0.wav", "go/d_nohash_0.wav"], {
    others: ["up/c_nohash_0.wav"],
  });
  assertEquals([index.examples.length, index.notes["excluded"]], [NAMES.length, 0]);
  const missing = findings.find(({ what }) => what.includes("name no example"))!;
  assertEquals([missing.level, missing.names], ["warning", ["go/d_nohash_0.wav"]]);
});

Deno.test("a window of noise that another split may have is not warned of, nor what is of recordings apart", () => {
  const noise = [
    "_background_noise_/hum.wav@96000",
    "_background_noise_/tap.wav@8000",
    "_background_noise_/hiss.wav@0",
  ];
  const listed = without(noise, { others: ["_background_noise_/hum.wav", "_background_noise_/tap.wav"] });
  assertEquals(listed.index.examples.length, NAMES.length);
  assertEquals(
    listed.findings.filter(({ names }) => names.length > 0).map(({ level, names }) => [level, names]),
    [
      ["warning", ["_background_noise_/hiss.wav@0"]],
    ],
  );
  const { findings } = excludeExamples(indexOf(NAMES), [...noise, "no/a_nohash_0.wav"], null, "bad.txt");
  assertEquals(findings.map(({ level, names }) => [level, names.length]), [["info", 1], ["info", 2]]);
  assertMatch(findingText(findings[1]!), /^2 entries of bad.txt name no example of the train split/);
});

Deno.test("a list is refused where an entry may mean several examples, or nothing would be left", () => {
  const twice = indexOf(["yes/a.wav", "yes/A.wav", "no/a.wav"]);
  assertThrows(
    () => excludeExamples(twice, ["x/yes/a.flac"], new Set(), "bad.txt"),
    UserError,
    "found 1 entries that may mean several examples each (x/yes/a.flac)",
  );
  assertEquals(excludeExamples(twice, ["yes/A.wav"], new Set(), "bad.txt").index.examples.length, 2);
  const all = NAMES.map((name) => name.split("@")[0]!);
  assertThrows(() => without(all), UserError, "the train split would have no examples left");
  assertThrows(() => without(all.slice(4)), UserError, "no examples of yes left");
});
