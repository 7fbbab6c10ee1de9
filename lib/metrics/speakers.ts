/**
 * Examples by who said them: clips of one speaker succeed and fail together, so that what is drawn at random is speakers.
 * Clips of silence are nobody's: they go by the recording of noise out of which they were cut.
 */

/** With fewer nothing can be said of others: intervals are over examples then, and say so. */
const LEAST_SPEAKERS = 5;

/** The class whose clips are of recordings of noise. */
const SILENCE = "_silence_";

/** To which speaker, or recording of noise, each example belongs. */
export interface Speakers {
  /** Of both together. */
  readonly count: number;
  /** How many of them are recordings of noise. */
  readonly noises: number;
  /** `[examples]`: from 0 to count - 1. */
  readonly of: Int32Array;
}

/** As predictions and indices tell of an example. @property speaker Null or empty: not known. */
export interface Spoken {
  readonly speaker: string | null;
  readonly labels: readonly string[];
}

/**
 * @returns Nothing where speakers tell no more than examples do: one is not known, each has one example, or there are
 *   fewer than five.
 */
export function speakersOf(examples: readonly Spoken[]): Speakers | undefined {
  const known = new Map<string, number>();
  const speaking = new Set<string>();
  const of = new Int32Array(examples.length);
  for (const [i, { speaker, labels }] of examples.entries()) {
    if (speaker === null || speaker === "") return undefined;
    if (!isNoise(labels)) speaking.add(speaker);
    if (!known.has(speaker)) known.set(speaker, known.size);
    of[i] = known.get(speaker)!;
  }
  const count = known.size;
  return speaking.size < LEAST_SPEAKERS || count === examples.length
    ? undefined
    : { count, noises: count - speaking.size, of };
}

/** Who speaks and out of which recordings of noise silence was cut. @returns Null: not known of all. */
export function countSpeakers(
  examples: readonly Spoken[],
): { readonly speakers: number; readonly noises: number } | null {
  if (examples.some(({ speaker }) => speaker === null || speaker === "")) return null;
  const all = new Set(examples.map(({ speaker }) => speaker));
  const speaking = new Set(examples.filter(({ labels }) => !isNoise(labels)).map(({ speaker }) => speaker));
  return { speakers: speaking.size, noises: all.size - speaking.size };
}

function isNoise([label]: readonly string[]): boolean {
  return label === SILENCE;
}

/** Sums over each speaker's examples; of unknown speakers the values themselves. @param values `[examples]`. */
export function bySpeaker(values: Float64Array, speakers: Speakers | undefined): Float64Array {
  if (speakers === undefined) return values;
  const sums = new Float64Array(speakers.count);
  for (const [i, value] of values.entries()) sums[speakers.of[i]!]! += value;
  return sums;
}
