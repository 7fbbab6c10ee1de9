/** What figures over runs have in common: values in percent, and what they are called. Pure. */
import type { Interval } from "../../../lib/metrics/interval.ts";
import type { ScoreCell } from "../statistics/gains.ts";
import type { Measure } from "../statistics/measure.ts";

export function changeIn({ lowerIsBetter, name }: Measure): string {
  return lowerIsBetter ? `change of ${name} against A` : `gain in ${name} over A`;
}

/** The first columns of a figure's data. */
export function identity(cell: ScoreCell) {
  const { model, frontend, setting, bands, other, runs } = cell;
  return { model, frontend, setting, bands, other: JSON.stringify(other), runs: runs.join(" ") };
}

export function inPercent({ value, low, high }: Interval): Interval {
  return { value: 100 * value, low: 100 * low, high: 100 * high };
}
