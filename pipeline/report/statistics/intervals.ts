/** How far means and differences can be trusted. Pure. */
import type { Interval } from "../../../lib/metrics/interval.ts";
import { meanStd } from "./mean_std.ts";

/** 97.5 % quantiles of Student's t for 1 to 30 degrees of freedom. */
const STUDENT_T = [
  ...[12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228],
  ...[2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086],
  ...[2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042],
];

/**
 * 97.5 % quantile; beyond the table by the first terms of the expansion about the normal one, z + (z^3 + z) / (4 degrees).
 *
 * @param degrees From 1; a fraction is left out, which errs to the wide side.
 */
export function studentT(degrees: number): number {
  return STUDENT_T[Math.floor(degrees) - 1] ?? 1.96 + 2.372 / degrees;
}

/** 95 % confidence interval of a mean by Student's t. @param values At least two. */
export function meanInterval(values: readonly number[]): Interval {
  const { mean, std, n } = meanStd(values);
  const half = studentT(n - 1) * std! / Math.sqrt(n);
  return { value: mean, low: mean - half, high: mean + half };
}

/** Mean and one sample standard deviation to each side. @param values At least two. */
export function spreadInterval(values: readonly number[]): Interval {
  const { mean, std } = meanStd(values);
  return { value: mean, low: mean - std!, high: mean + std! };
}

/** 95 % interval of the difference of two rates of different examples, from their score intervals (Newcombe 1998, method 10). */
export function differenceInterval(rate: Interval, from: Interval): Interval {
  const value = rate.value - from.value;
  return {
    value,
    low: value - Math.hypot(rate.value - rate.low, from.high - from.value),
    high: value + Math.hypot(rate.high - rate.value, from.value - from.low),
  };
}

/** Mean of estimates on the same examples: their errors may all point the same way, so that bounds are averaged too. */
export function averageInterval(intervals: readonly Interval[]): Interval {
  const mean = (of: (interval: Interval) => number) => meanStd(intervals.map(of)).mean;
  return { value: mean((i) => i.value), low: mean((i) => i.low), high: mean((i) => i.high) };
}
