import { assert, assertEquals, assertThrows } from "@std/assert";
import { noisesOf, silenceWindows, spreadOver } from "../../../lib/data/words_layout/silence_windows.ts";
import { speakerOf } from "../../../lib/data/words_layout/speaker.ts";
import { splitByHash, splitByRank } from "../../../lib/data/split_rules.ts";
import { type SplitName, SPLITS } from "../../../lib/records/example_index.ts";
import { soundFile } from "./words_folder.ts";

const OFFICIAL = { validationPercent: 10, testingPercent: 10, salt: "" };

// Speakers of Speech Commands v0.02: three of its validation_list.txt, five of its test set. For one of each split,
// `printf %s 026290a7 | sha1sum` and the last 27 bits give 0.6 %, for 0c40e715 16.3 %, for 00176480 69.7 %.
for (
  const [split, speakers] of [
    ["validation", ["026290a7", "060cd039", "099d52ad"]],
    ["test", ["0c40e715", "0ea0e2f4", "0c540988", "5170b77f", "cfbedff9"]],
    ["train", ["00176480"]],
  ] as const
) {
  Deno.test(`splitByHash() puts speakers where Speech Commands has them when they are for ${split}`, () => {
    for (const speaker of speakers) assertEquals(splitByHash(speaker, OFFICIAL), split, speaker);
  });
}

Deno.test("splitByHash() follows the percentages and the salt", () => {
  const speakers = Array.from({ length: 3000 }, (_, i) => `speaker${i}`);
  const shares = { validationPercent: 15, testingPercent: 25, salt: "" };
  const splits = speakers.map((speaker) => splitByHash(speaker, shares));
  assert(Math.abs(splits.filter((split) => split === "validation").length / 3000 - 0.15) < 0.02);
  assert(Math.abs(splits.filter((split) => split === "test").length / 3000 - 0.25) < 0.025);
  const salted = speakers.map((speaker) => splitByHash(speaker, { ...shares, salt: "s" }));
  assert(salted.filter((split, i) => split !== splits[i]).length > 900);
});

Deno.test("splitByRank() fills every split from three speakers, however unequal", () => {
  for (const salt of ["", "a", "b", "c", "d"]) {
    const splits = splitByRank(new Map([["a", 1000], ["b", 1], ["c", 1]]), { ...OFFICIAL, salt });
    assertEquals(new Set(splits.values()), new Set(["train", "validation", "test"]));
  }
});

Deno.test("splitByRank() comes near to the shares with many speakers, in any order of the map", () => {
  const clips = Array.from({ length: 200 }, (_, i) => [`speaker${i}`, 1 + i % 7] as const);
  const splits = splitByRank(new Map(clips), { ...OFFICIAL, testingPercent: 20 });
  const total = clips.reduce((sum, [, count]) => sum + count, 0);
  const part = (name: string) =>
    clips.reduce((sum, [speaker, count]) => sum + (splits.get(speaker) === name ? count : 0), 0) / total;
  assert(Math.abs(part("validation") - 0.1) < 0.005);
  assert(Math.abs(part("test") - 0.2) < 0.005);
  const reversed = splitByRank(new Map(clips.toReversed()), { ...OFFICIAL, testingPercent: 20 });
  for (const [speaker, split] of splits) assertEquals(reversed.get(speaker), split);
});

Deno.test("splitByRank() gives one of six equal speakers to validation and testing at 15 and 20 percent", () => {
  const clips = new Map("george jackson lucas nicolas theo yweweler".split(" ").map((name) => [name, 500]));
  const splits = [...splitByRank(clips, { validationPercent: 15, testingPercent: 20, salt: "" }).values()];
  assertEquals(splits.toSorted(), ["test", "train", "train", "train", "train", "validation"]);
});

Deno.test("splitByRank() refuses two speakers", () => {
  assertThrows(() => splitByRank(new Map([["a", 1], ["b", 1]]), OFFICIAL), RangeError, "2 speakers");
});

for (
  const [folder, file, speaker] of [
    ["yes", "0c540988_nohash_0.wav", "0c540988"],
    ["zero", "jackson_nohash_12.wav", "jackson"],
    ["yes", "anna_maria_nohash_0.wav", "anna_maria"],
    ["_unknown_", "eight_cfbedff9_nohash_0.wav.wav", "cfbedff9"],
    ["_unknown_", "cfbedff9_nohash_0.wav", "cfbedff9"],
    ["_silence_", "1024.wav", "1024"],
    ["yes", "anna_3.WAV", "anna"],
    ["yes", "_3.wav", "_3"],
  ] as const
) {
  Deno.test(`speakerOf() finds ${speaker} in ${folder}/${file}`, () =>
    assertEquals(speakerOf(folder, file), speaker));
}

const recording = (stem: string, seconds: number, sampleRate = 16000) => ({
  ...soundFile("_background_noise_", `${stem}.wav`, seconds * sampleRate),
  sampleRate,
});

/** Windows of a second. */
function windows(files: readonly ReturnType<typeof recording>[], split: SplitName) {
  return noisesOf(files, split).flatMap(({ file, part }) => silenceWindows(file, part, 1));
}

Deno.test("silence is cut in half-overlapping windows, and running_tap is kept for validation", () => {
  const files = [recording("a", 3, 8000), recording("running_tap", 3), recording("tap", 6)];
  const ofValidation = windows(files, "validation");
  assertEquals(ofValidation.map(({ start }) => start), [0, 8000, 16000, 24000, 32000]);
  assertEquals(ofValidation[0]?.speaker, "running_tap");
  const startsOf = (split: "train" | "test", speaker: string) =>
    windows(files, split).filter((clip) => clip.speaker === speaker).map(({ start }) => start);
  assertEquals(startsOf("train", "tap"), [0, 8000, 16000, 24000, 32000, 40000, 48000]);
  assertEquals(startsOf("test", "tap"), [64000, 72000, 80000]);
  assertEquals(startsOf("train", "a"), [0, 4000, 8000]);
  assertEquals(startsOf("test", "a"), [16000]);
});

Deno.test("splits share no sample of silence when there is no running_tap", () => {
  const ends = SPLITS.map((split) => {
    const starts = windows([recording("a", 9)], split).map(({ start }) => start!);
    assert(starts.length > 0);
    return [Math.min(...starts), Math.max(...starts) + 16000] as const;
  });
  assert(ends[0]![1] <= ends[1]![0] && ends[1]![1] <= ends[2]![0]);
});

Deno.test("a recording shorter than a window gives no silence", () => {
  assertEquals(SPLITS.flatMap((split) => windows([recording("running_tap", 0.5)], split)), []);
});

Deno.test("spreadOver() takes items from everywhere, and all when asked for more", () => {
  assertEquals(spreadOver([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 2), [2, 7]);
  assertEquals(spreadOver([1, 2], 5), [1, 2]);
});
