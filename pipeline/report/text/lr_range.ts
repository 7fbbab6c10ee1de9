/** A learning-rate range test as a plot with advice, and as CSV. Pure. */
import { stringify } from "@std/csv/stringify";
import type { LrRangeRecord } from "../../../lib/records/lr_range.ts";
import { textPlot } from "./text_plot.ts";
import { figure } from "./wording.ts";

const [WIDTH, HEIGHT] = [72, 12];
/** How far above its first value the loss is drawn. */
const SHOWN_RISE = 1.25;

/** Loss over the rate of the group `model`, on a logarithmic axis, and what to try. */
export function shownLrRange(name: string, record: LrRangeRecord): string[] {
  const { range, points, suggestion } = record;
  const smoothed = points.map((point) => point.smoothed);
  const ended = points.length < range.steps;
  const place = (rate: number) => Math.log(rate / range.low) / Math.log(range.high / range.low);
  const plot = textPlot(smoothed, points.length / range.steps, {
    width: WIDTH,
    height: HEIGHT,
    most: SHOWN_RISE * smoothed[0]!,
    marks: suggestion === null ? [] : [
      { at: place(suggestion.lowest), sign: "L" },
      { at: place(suggestion.tenthOfLowest), sign: "T" },
      { at: place(suggestion.steepest), sign: "S" },
    ].filter(({ at }) => at >= 0),
  });
  const [left, right] = [figure(range.low), figure(range.high)];
  const margin = " ".repeat(plot.at(-1)!.indexOf("+") + 1);
  return [
    `${name}: loss (averaged over neighbouring steps) against optim.model.lr${
      ended ? `; ended at ${figure(points.at(-1)!.rates.model)}, where the loss had grown beyond use` : ""
    }`,
    ...plot,
    margin + left + right.padStart(WIDTH - left.length),
    ...advice(record),
  ];
}

/** All points, unrounded. */
export function lrRangeCsv({ points }: Pick<LrRangeRecord, "points">): string {
  const records = points.map(({ step, rates, loss, smoothed }) => ({
    step,
    rate_model: rates.model,
    rate_stft: rates.stft,
    rate_mel: rates.mel,
    ...furtherRates(rates),
    loss,
    smoothed,
  }));
  return stringify(records, { columns: Object.keys(records[0] ?? {}), crlf: true });
}

function furtherRates({ model: _, stft: __, mel: ___, ...parts }: LrRangeRecord["highest"]) {
  return Object.fromEntries(Object.entries(parts).map(([part, rate]) => [`rate_${part}`, rate]));
}

function advice({ suggestion, points, range, highest, groups }: LrRangeRecord): string[] {
  if (suggestion === null) {
    return [
      "The loss never fell: every rate is too high, or too low to show. Change --low, --high or --steps.",
    ];
  }
  const { steepest, lowest, tenthOfLowest } = suggestion;
  const overrides = groups.map((group) =>
    `optim.${group}.lr=${figure(highest[group]! * (steepest / highest.model))}`
  );
  const stillFalls = points.length === range.steps && lowest === points.at(-1)!.rates.model;
  return [
    `S: steepest fall at ${figure(steepest)}. L: lowest loss at ${figure(lowest)}. T: a tenth of that, ${
      figure(tenthOfLowest)
    }.`,
    ...(stillFalls ? ["The loss still falls at the highest rate: raise --high to see where it ends."] : []),
    `To train at S, in the ratios that the configuration gives the groups: ${overrides.join(" ")}`,
  ];
}
