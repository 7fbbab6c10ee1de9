/**
 * Examples by who said them: clips of one speaker succeed and fail together, so that what is drawn at random is speakers.
 * A recording of noise, out of which clips of silence are cut, counts as a speaker.
 */

/** With fewer nothing can be said of others: intervals are over examples then, and say so. */
const LEAST_SPEAKERS = 5;

/** To which speaker each example belongs. */
export interface Speakers {
  readonly count: number;
  /** `[examples]`: from 0 to count - 1. */
  readonly of: Int32Array;
}

/**
 * @param names Of each example's speaker; null or empty: not known.
 * @returns Nothing where speakers tell no more than examples do: one is not known, each has one example, or there are
 *   fewer than five.
 */
export function speakersOf(names: readonly (string | null)[]): Speakers | undefined {
  const known = new Map<string, number>();
  const of = new Int32Array(names.length);
  for (const [i, name] of names.entries()) {
    if (name === null || name === "") return undefined;
    if (!known.has(name)) known.set(name, known.size);
    of[i] = known.get(name)!;
  }
  return known.size < LEAST_SPEAKERS || known.size === names.length ? undefined : { count: known.size, of };
}

/** Sums over each speaker's examples; of unknown speakers the values themselves. @param values `[examples]`. */
export function bySpeaker(values: Float64Array, speakers: Speakers | undefined): Float64Array {
  if (speakers === undefined) return values;
  const sums = new Float64Array(speakers.count);
  for (const [i, value] of values.entries()) sums[speakers.of[i]!]! += value;
  return sums;
}
