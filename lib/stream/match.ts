/** Which detections are of which words: each word has at most one, each detection is of at most one. Pure. */
import type { SpokenWord } from "./labels.ts";
import type { Heard } from "./rule.ts";

/** A word and the detection that is of it. */
export interface Hit {
  readonly word: SpokenWord;
  readonly heard: Heard;
  /**
   * From the word's end to the detection, which comes when all that was listened to for it has come; below 0 where the
   * word was detected while it was said.
   */
  readonly latencySeconds: number;
}

/** What became of words and detections. */
export interface Matched {
  readonly hits: readonly Hit[];
  readonly missed: readonly SpokenWord[];
  /** Where no such word was said. */
  readonly falseAlarms: readonly Heard[];
  /** Further detections of words that have theirs: no false alarms, and yet one too many. */
  readonly repeats: readonly Heard[];
}

/**
 * A detection is of a word of its name if it comes after the word's start and no later than the tolerance behind its end.
 * Detections are taken in their order; of several words that fit, each takes the one whose time ends first, which leaves
 * as few as can be without one.
 *
 * @param words Those that are listened for, in the order of their starts. @param heard In the order of their times.
 */
export function matched(
  words: readonly SpokenWord[],
  heard: readonly Heard[],
  toleranceSeconds: number,
): Matched {
  const hits: Hit[] = [];
  const [falseAlarms, repeats]: [Heard[], Heard[]] = [[], []];
  const taken = new Set<SpokenWord>();
  let first = 0; // words before it are over
  for (const detection of heard) {
    const { seconds } = detection;
    while (first < words.length && words[first]!.end + toleranceSeconds < seconds) first++;
    let [own, isRepeat]: [SpokenWord | undefined, boolean] = [undefined, false];
    // Later words may have ended where an earlier, longer one has not: none of them begins behind the detection.
    for (let i = first; i < words.length && words[i]!.start <= seconds; i++) {
      const word = words[i]!;
      if (word.word !== detection.word || word.end + toleranceSeconds < seconds) continue;
      if (taken.has(word)) isRepeat = true;
      else if (own === undefined || word.end < own.end) own = word;
    }
    if (own !== undefined) {
      taken.add(own);
      hits.push({ word: own, heard: detection, latencySeconds: seconds - own.end });
    } else if (isRepeat) repeats.push(detection);
    else falseAlarms.push(detection);
  }
  return { hits, missed: words.filter((word) => !taken.has(word)), falseAlarms, repeats };
}
