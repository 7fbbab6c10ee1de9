/** Differences between runs that were tested on the same examples: what is hard for both drops out. Pure. */
import { Rng } from "../../../lib/base/random.ts";
import { bootstrapRatio } from "../../../lib/metrics/bootstrap.ts";
import { type Interval, Z } from "../../../lib/metrics/interval.ts";
import { signFlipTest } from "../../../lib/metrics/paired_tests.ts";
import { bySpeaker, type Speakers } from "../../../lib/metrics/speakers.ts";
import { type DifferenceInterval, studentInterval, widest } from "./intervals.ts";
import type { Outcomes } from "./outcomes.ts";

/** How a run and another differ on each example. */
export interface Differences {
  /** `[examples]`: what the one adds to the score more than the other. */
  readonly raw: Float64Array;
  /** `[examples]`: what each adds to the denominator: the difference of the scores is sum(raw) / sum(of). */
  readonly of: Float64Array;
  readonly speakers?: Speakers | undefined;
  /** How many pairs of runs it is over; absent: one. */
  readonly pairs?: number;
}

/** @returns Nothing if they were tested on different examples, or on nothing. */
export function differencesOf(
  run: Outcomes | undefined,
  from: Outcomes | undefined,
): Differences | undefined {
  if (run === undefined || from === undefined || run.examples !== from.examples) return undefined;
  if (sum(run.of) === 0) return undefined;
  return { raw: run.score.map((score, i) => score - from.score[i]!), of: run.of, speakers: run.speakers };
}

/** Mean over several sizes of a model, example by example: what all add over what all add to the denominator. */
export function averageDifferences(all: readonly Differences[]): Differences {
  const { raw, of, speakers } = all[0]!;
  const total = (values: (one: Differences) => Float64Array, i: number) =>
    all.reduce((sum, one) => sum + values(one)[i]!, 0);
  return {
    raw: raw.map((_, i) => total((one) => one.raw, i)),
    of: of.map((_, i) => total((one) => one.of, i)),
    speakers,
    pairs: all.reduce((sum, { pairs = 1 }) => sum + pairs, 0),
  };
}

/**
 * 95 % interval of a mean difference over speakers where they are known, else over examples, and over the seeds where
 * there are several. Over speakers it is in no direction narrower than over examples.
 *
 * With one seed it is the bootstrap's of a ratio of sums, the same speakers drawn for both runs, and p that of flipped
 * signs, which over examples is McNemar's exact test. With several, see {@link overSeeds}.
 *
 * @param seeds At least one, on the same examples.
 */
export function pairedInterval(seeds: readonly Differences[]): DifferenceInterval {
  const [first] = seeds;
  const { speakers } = first!;
  const both = overAllSeeds(seeds);
  const plain = overExamples(both);
  if (seeds.length > 1) {
    const drawn = seedsInterval(seeds);
    return { ...widest([plain, drawn]), p: drawn.p };
  }
  const p = signFlipTest(bySpeaker(both.raw, speakers));
  return { ...(speakers === undefined ? plain : widest([plain, overSpeakers(both, speakers)])), p };
}

/** The mean of the seeds' means: each weighs the same, however many sizes it has. */
function overAllSeeds(seeds: readonly Differences[]): Differences {
  if (seeds.length === 1) return seeds[0]!;
  const mean = ({ raw, of, speakers, pairs = 1 }: Differences): Differences => ({
    raw: raw.map((one) => one / pairs),
    of: of.map((one) => one / pairs),
    speakers,
  });
  return averageDifferences(seeds.map(mean));
}

/**
 * 95 % interval of a mean over seeds, of scores or of differences: see {@link overSeeds}. Over speakers where they are
 * known, in no direction narrower than over examples.
 *
 * @param seeds At least two, on the same examples.
 */
export function seedsInterval(seeds: readonly Differences[]): DifferenceInterval {
  const { speakers } = seeds[0]!;
  const plain = overSeeds(seeds, undefined);
  if (speakers === undefined) return plain;
  const own = overSeeds(seeds, speakers);
  return { ...widest([plain, own]), p: Math.max(plain.p, own.p) };
}

/**
 * Agresti and Min 2005 (Simple improved confidence intervals for comparing matched proportions): the normal interval of
 * McNemar's comparison with half an example more of each kind, so that a few examples do not pass for certainty. Ratios
 * are taken to the first order (Cochran 1977, Sampling Techniques, 6.4), which changes nothing where all examples weigh
 * the same.
 */
function overExamples(differences: Differences): Interval {
  const values = linearised(differences, undefined);
  // By how much an example's one error more, in all pairs, changes the mean, times the examples.
  const unit = (differences.pairs ?? 1) * values.length / sum(differences.of);
  const n = values.length + 2;
  const centre = sum(values) / n;
  const variance = (sum(values.map((value) => value * value)) + unit * unit) / n - centre * centre;
  const half = Z * Math.sqrt(variance / n);
  return { value: sum(values) / values.length, low: centre - half, high: centre + half };
}

/** The same samples for every pair of runs. */
function overSpeakers({ raw, of }: Differences, speakers: Speakers): Interval {
  const [above, below] = [bySpeaker(raw, speakers), bySpeaker(of, speakers)];
  const [low, high] = bootstrapRatio(above, below, Rng.fromSeed(0).fork("paired"));
  return { value: sum(above) / sum(below), low, high };
}

/**
 * Seeds and speakers (or examples) both drawn at random, each seed tested on all of them: the analysis of variance of
 * Dorfman, Berbaum and Metz 1992, who have readers and cases in the place of seeds and speakers. Degrees of freedom are
 * those of Hillis 2007 and, for few speakers, a term more: what speakers add beyond chance, taken as one mean square.
 */
function overSeeds(seeds: readonly Differences[], speakers: Speakers | undefined): DifferenceInterval {
  const values = seeds.map((one) => linearised(one, speakers));
  const count = values.length;
  const n = values[0]!.length;
  const ofSeeds = Float64Array.from(values, (of) => sum(of) / n);
  const ofUnits = values[0]!.map((_, i) => values.reduce((total, of) => total + of[i]!, 0) / count);
  const mean = sum(ofSeeds) / count;
  const squares = (of: Float64Array) => sum(of.map((one) => (one - mean) ** 2));
  const bySeed = n * squares(ofSeeds) / (count - 1);
  const byUnit = n > 1 ? count * squares(ofUnits) / (n - 1) : 0;
  let rest = 0;
  for (const [s, of] of values.entries()) {
    for (let i = 0; i < n; i++) rest += (of[i]! - ofSeeds[s]! - ofUnits[i]! + mean) ** 2;
  }
  const byChance = n > 1 ? rest / ((count - 1) * (n - 1)) : 0;
  const beyond = Math.max(0, byUnit - byChance);
  const both = bySeed + beyond;
  const spread = bySeed ** 2 / (count - 1) + (n > 1 ? beyond ** 2 / (n - 1) : 0);
  return studentInterval(mean, Math.sqrt(both / (count * n)), spread === 0 ? Infinity : both ** 2 / spread);
}

/**
 * `[speakers]`, or `[examples]`: values whose mean is the difference of the scores and whose scatter is its uncertainty, as
 * the first order of a ratio has it.
 */
function linearised({ raw, of }: Differences, speakers: Speakers | undefined): Float64Array {
  const [above, below] = [bySpeaker(raw, speakers), bySpeaker(of, speakers)];
  const total = sum(below);
  const difference = sum(above) / total;
  return above.map((value, i) => above.length / total * (value - difference * below[i]!) + difference);
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
