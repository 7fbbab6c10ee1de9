/** How far means and differences of scores can be trusted that are not of the same examples. Pure. */
import { normalCdf, studentQuantile, studentTwoSided } from "../../../lib/metrics/distributions.ts";
import { type Interval, Z } from "../../../lib/metrics/interval.ts";
import { meanStd } from "./mean_std.ts";

/** A difference with its 95 % interval. */
export interface DifferenceInterval extends Interval {
  /** Two-sided: how often chance alone would give as large a difference. */
  readonly p: number;
}

/** 95 % confidence interval of a mean by Student's t, and his test of whether it is 0. @param values At least two. */
export function meanInterval(values: readonly number[]): DifferenceInterval {
  const { mean, std, n } = meanStd(values);
  return studentInterval(mean, std! / Math.sqrt(n), n - 1);
}

/** @param error Standard error of the value. @param degrees Of freedom. */
export function studentInterval(value: number, error: number, degrees: number): DifferenceInterval {
  const half = studentQuantile(0.975, degrees) * error;
  const p = error === 0 ? (value === 0 ? 1 : 0) : studentTwoSided(value / error, degrees);
  return { value, low: value - half, high: value + half, p };
}

/**
 * 95 % interval of the difference of two rates of different examples, from their own (Newcombe 1998, method 10); the p
 * value is that of a normal distribution as wide.
 */
export function differenceInterval(rate: Interval, from: Interval): DifferenceInterval {
  const value = rate.value - from.value;
  const low = value - Math.hypot(rate.value - rate.low, from.high - from.value);
  const high = value + Math.hypot(rate.high - rate.value, from.value - from.low);
  return { value, low, high, p: normalP(value, (high - low) / (2 * Z)) };
}

/** Mean of estimates on the same examples: their errors may all point the same way, so that bounds are averaged too. */
export function averageInterval(intervals: readonly Interval[]): DifferenceInterval {
  const mean = (of: (interval: Interval) => number) => meanStd(intervals.map(of)).mean;
  const [value, low, high] = [mean((i) => i.value), mean((i) => i.low), mean((i) => i.high)];
  return { value, low, high, p: normalP(value, (high - low) / (2 * Z)) };
}

/** As far as any of them reaches. @param intervals At least one, of the same value. */
export function widest(intervals: readonly Interval[]): Interval {
  return {
    value: intervals[0]!.value,
    low: Math.min(...intervals.map(({ low }) => low)),
    high: Math.max(...intervals.map(({ high }) => high)),
  };
}

function normalP(value: number, error: number): number {
  if (error === 0) return value === 0 ? 1 : 0;
  return 2 * normalCdf(-Math.abs(value) / error);
}
