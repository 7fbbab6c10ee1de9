/** What is said between keywords: everyday sentences and single words that have none of them in it. Pure. */
import { UserError } from "../../base/errors.ts";
import type { Rng } from "../../base/random.ts";
import { drawSentences } from "../../data/spoken_sentences/grammar.ts";
import { ALL_WORDS } from "../../data/words_layout/vocabulary.ts";

/** Words of the same sound: a network cannot tell them apart, and nobody could. */
const HOMOPHONES: readonly (readonly string[])[] = [
  ["no", "know"],
  ["right", "write", "rite"],
  ["two", "to", "too"],
  ["four", "for", "fore"],
  ["one", "won"],
  ["eight", "ate"],
];

/** Says whether a text has a word of a list, or one of the same sound, as a word of its own. */
export function containsAny(words: readonly string[]): (text: string) => boolean {
  const wanted = new Set(words.map((word) => word.toLowerCase()));
  for (const alike of HOMOPHONES) {
    if (alike.some((word) => wanted.has(word))) { for (const word of alike) wanted.add(word); }
  }
  return (text) => (text.toLowerCase().match(/[\p{L}']+/gu) ?? []).some((word) => wanted.has(word));
}

/** Sentences drawn at a time, and how many in a row may all have a keyword. */
const [BATCH, MOST_IN_VAIN] = [400, 4000];

/**
 * Sentences without end, each said once, none with one of these words.
 * @throws {UserError} `bad-config` if hardly a sentence is left without them.
 */
export function* sentencesWithout(words: readonly string[], rng: Rng): Generator<string> {
  const isWanted = containsAny(words);
  for (let batch = 0, inVain = 0; inVain < MOST_IN_VAIN; batch++) {
    for (const sentence of drawSentences(BATCH, rng.fork(batch))) {
      if (isWanted(sentence)) inVain++;
      else {
        inVain = 0;
        yield sentence;
      }
    }
  }
  throw new UserError(
    "bad-config",
    `Cannot make a stream between the words ${
      words.join(", ")
    }: of ${MOST_IN_VAIN} sentences each has one of them, ` +
      `wanted some without. Give a recording in its place.`,
  );
}

/** Words of Speech Commands that are none of these, nor sound like one. */
export function otherWords(words: readonly string[]): string[] {
  const isWanted = containsAny(words);
  return ALL_WORDS.filter((word) => !isWanted(word));
}
