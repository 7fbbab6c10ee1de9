/** Differences between runs that were tested on the same examples: what is hard for both drops out. Pure. */
import { type Interval, Z } from "../../../lib/metrics/interval.ts";
import { studentT } from "./intervals.ts";

/** What a run made of each example that it was tested on; its score is the sum of the first over that of the second. */
export interface Outcomes {
  /** Stands for the examples: two runs with the same were tested on the same, in the same order. */
  readonly examples: string;
  readonly score: Float64Array;
  readonly of: Float64Array;
}

/** How a run and another differ on each example; the mean is the difference of their scores. */
export interface Differences {
  readonly values: Float64Array;
  /** By how much one error more (a clip, a label) changes the mean, times the number of examples. */
  readonly unit: number;
}

/**
 * Ratios are taken to the first order (Cochran 1977, Sampling Techniques, 6.4), which changes nothing where all examples
 * weigh the same.
 *
 * @returns Nothing if they were tested on different examples, or on nothing.
 */
export function differencesOf(
  run: Outcomes | undefined,
  from: Outcomes | undefined,
): Differences | undefined {
  if (run === undefined || from === undefined || run.examples !== from.examples) return undefined;
  const total = sum(run.of);
  if (total === 0) return undefined;
  const raw = run.score.map((score, i) => score - from.score[i]!);
  const difference = sum(raw) / total;
  const unit = raw.length / total;
  return { unit, values: raw.map((value, i) => unit * (value - difference * run.of[i]!) + difference) };
}

/** Mean over several sizes of a model, example by example. @param all At least one, on the same examples. */
export function averageDifferences(all: readonly Differences[]): Differences {
  const { values, unit } = all[0]!;
  return {
    unit,
    values: values.map((_, i) => all.reduce((total, one) => total + one.values[i]!, 0) / all.length),
  };
}

/**
 * 95 % interval of a mean difference over the examples, and over the seeds where there are several.
 *
 * @param seeds At least one, on the same examples.
 */
export function pairedInterval(seeds: readonly Differences[]): Interval {
  return seeds.length === 1
    ? overExamples(seeds[0]!)
    : overSeedsAndExamples(seeds.map(({ values }) => values));
}

/**
 * Agresti and Min 2005 (Simple improved confidence intervals for comparing matched proportions): the normal interval of
 * McNemar's comparison with half an example more of each kind, so that a few examples do not pass for certainty.
 */
function overExamples({ values, unit }: Differences): Interval {
  const n = values.length + 2;
  const centre = sum(values) / n;
  const variance = (sum(values.map((value) => value * value)) + unit * unit) / n - centre * centre;
  const half = Z * Math.sqrt(variance / n);
  return { value: sum(values) / values.length, low: centre - half, high: centre + half };
}

/**
 * Seeds and examples both drawn at random, each seed tested on all examples: the analysis of variance of Dorfman, Berbaum
 * and Metz 1992 with the degrees of freedom of Hillis 2007, who have readers and cases in the place of seeds and examples.
 */
function overSeedsAndExamples(values: readonly Float64Array[]): Interval {
  const seeds = values.length;
  const n = values[0]!.length;
  const ofSeeds = Float64Array.from(values, (of) => sum(of) / n);
  const ofExamples = values[0]!.map((_, i) => values.reduce((total, of) => total + of[i]!, 0) / seeds);
  const mean = sum(ofSeeds) / seeds;
  const squares = (of: Float64Array) => sum(of.map((one) => (one - mean) ** 2));
  const bySeed = n * squares(ofSeeds) / (seeds - 1);
  const byExample = n > 1 ? seeds * squares(ofExamples) / (n - 1) : 0;
  let rest = 0;
  for (const [s, of] of values.entries()) {
    for (let i = 0; i < n; i++) rest += (of[i]! - ofSeeds[s]! - ofExamples[i]! + mean) ** 2;
  }
  const byChance = n > 1 ? rest / ((seeds - 1) * (n - 1)) : 0;
  const both = bySeed + Math.max(0, byExample - byChance);
  const degrees = bySeed === 0 ? Infinity : (seeds - 1) * (both / bySeed) ** 2;
  const half = studentT(degrees) * Math.sqrt(both / (seeds * n));
  return { value: mean, low: mean - half, high: mean + half };
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
