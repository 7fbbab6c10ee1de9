import { assertEquals } from "@std/assert";
import type { SpokenWord } from "../../../lib/stream/labels.ts";
import { matched } from "../../../lib/stream/match.ts";
import type { Heard } from "../../../lib/stream/rule.ts";

const said = (word: string, start: number, end = start + 0.5): SpokenWord => ({ start, end, word });
const heard = (word: string, seconds: number): Heard => ({ word, seconds, probability: 1 });

/** `hits/misses/false alarms/repeats` with a tolerance of half a second. */
function counts(words: readonly SpokenWord[], detections: readonly Heard[]): string {
  const { hits, missed, falseAlarms, repeats } = matched(words, detections, 0.5);
  return [hits, missed, falseAlarms, repeats].map(({ length }) => length).join("/");
}

Deno.test("a detection is of a word from its start to the tolerance behind its end", () => {
  const word = said("yes", 10, 10.5);
  for (
    const [seconds, wanted] of [[9.99, "0/1/1/0"], [10, "1/0/0/0"], [11, "1/0/0/0"], [
      11.01,
      "0/1/1/0",
    ]] as const
  ) {
    assertEquals(counts([word], [heard("yes", seconds)]), wanted, `${seconds}`);
  }
});

Deno.test("another word's detection is a false alarm, and the word is missed", () => {
  assertEquals(counts([said("yes", 10)], [heard("no", 10.4)]), "0/1/1/0");
});

Deno.test("a second detection of a word is a repeat: neither a hit nor a false alarm", () => {
  assertEquals(counts([said("yes", 10)], [heard("yes", 10.4), heard("yes", 10.9)]), "1/0/0/1");
});

Deno.test("each word takes one detection, each detection is of one word", () => {
  const twice = [said("yes", 10, 10.4), said("yes", 10.6, 11)];
  assertEquals(counts(twice, [heard("yes", 10.7), heard("yes", 10.8)]), "2/0/0/0", "both within both times");
  assertEquals(counts(twice, [heard("yes", 10.7)]), "1/1/0/0");
  assertEquals(counts(twice, [heard("yes", 10.7), heard("yes", 11.3)]), "2/0/0/0");
});

Deno.test("of words that fit, the one whose time ends first is taken, whichever began first", () => {
  // The long word could wait for the second detection; the short one could not.
  const words = [said("yes", 10, 13), said("yes", 11, 11.2)];
  const { hits, missed } = matched(words, [heard("yes", 11.5), heard("yes", 13.2)], 0.5);
  assertEquals(missed, []);
  assertEquals(hits.map(({ word, heard }) => [word.start, heard.seconds]), [[11, 11.5], [10, 13.2]]);
});

Deno.test("latency counts from the word's end, below 0 while it is said", () => {
  const { hits } = matched([said("yes", 10, 10.5), said("no", 20, 20.5)], [
    heard("yes", 10.25),
    heard("no", 20.75),
  ], 0.5);
  assertEquals(hits.map(({ latencySeconds }) => latencySeconds), [-0.25, 0.25]);
});
