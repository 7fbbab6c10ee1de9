/** What figures over runs have in common: values in percent, and what they are called. Pure. */
import type { Interval } from "../../../lib/metrics/interval.ts";
import type { ScoreCell } from "../statistics/gains.ts";
import type { ResultRow } from "../../../lib/records/results.ts";
import type { Measure } from "../statistics/measure.ts";
import { groupOf } from "../statistics/selection.ts";
import { listed } from "../text/wording.ts";

export function changeIn({ lowerIsBetter, name }: Measure): string {
  return lowerIsBetter ? `change of ${name} against A` : `gain in ${name} over A`;
}

/** The first columns of a figure's data. */
export function identity(cell: ScoreCell) {
  const { model, frontend, setting, bands, other, runs } = cell;
  return { model, frontend, setting, bands, other: JSON.stringify(other), runs: runs.join(" ") };
}

/** What runs have of bands and seeds: `40 bands, seed 0`, `10, 20 and 40 bands, seeds 0 to 4`. */
export function sizeWords(runs: readonly Pick<ResultRow, "bands" | "seed">[]): string {
  const [bands, seeds] = [runs.map(({ bands }) => bands), runs.map(({ seed }) => seed)].map(distinct);
  const noun = bands!.length === 1 && bands![0] === 1 ? "band" : "bands";
  return `${listed(bands!)} ${noun}, seed${seeds!.length === 1 ? "" : "s"} ${listed(seeds!)}`;
}

/** Of one run, as what is drawn of it is headed: `linear, nnaudio: D, 40 bands, seed 0`. */
export function runWords(run: Parameters<typeof groupOf>[0] & Pick<ResultRow, "setting" | "bands" | "seed">) {
  return `${groupOf(run)}: ${run.setting}, ${sizeWords([run])}`;
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

export function inPercent({ value, low, high }: Interval): Interval {
  return { value: 100 * value, low: 100 * low, high: 100 * high };
}
