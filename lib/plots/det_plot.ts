/** Misses against false alarms an hour, over all thresholds (detection error tradeoff; Martin et al. 1997). */
import { PANEL_WIDTH, type Spec } from "./spec.ts";
import { paint, themed } from "./theme.ts";

/** One threshold. */
export interface DetPlotPoint {
  /** Null: infinity. */
  readonly threshold: number | null;
  readonly alarmsPerHour: number;
  /** Share of words, in [0, 1]. */
  readonly missRate: number;
}

/**
 * The curve from end to end, with linear misses and a symmetric-logarithmic axis of alarms, on which the end without any
 * alarm has its place.
 * @param operating The operating point, with 95 % intervals.
 */
export function detPlot(
  points: readonly DetPlotPoint[],
  operating: {
    readonly alarmsPerHour: { readonly value: number; readonly low: number; readonly high: number };
    readonly missRate: { readonly value: number; readonly low: number; readonly high: number };
  },
): Spec {
  const { alarmsPerHour: alarms, missRate: misses } = operating;
  const most = Math.max(1, alarms.high, ...points.map(({ alarmsPerHour }) => alarmsPerHour));
  const decades = Array.from({ length: Math.ceil(Math.log10(most)) + 1 }, (_, i) => 10 ** i);
  const x = {
    type: "quantitative",
    title: "false alarms an hour",
    scale: { type: "symlog", constant: 1, domain: [0, 1.15 * most], nice: false },
    axis: { values: [0, ...decades], grid: true },
  };
  const y = {
    type: "quantitative",
    title: "words missed",
    scale: { domain: [0, 1] },
    axis: { format: "%" },
  };
  const value = { ...alarms, ...{ missLow: misses.low, missHigh: misses.high, miss: misses.value } };
  return themed({
    width: 1.6 * PANEL_WIDTH,
    height: PANEL_WIDTH,
    layer: [
      {
        data: { values: points.map((point, place) => ({ ...point, place })) },
        mark: { type: "line", interpolate: "step-after", color: paint("B"), strokeWidth: 2, aria: false },
        encoding: {
          x: { ...x, field: "alarmsPerHour" },
          y: { ...y, field: "missRate" },
          order: { field: "place", type: "quantitative" }, // thresholds have no end that could be ordered
        },
      },
      {
        data: { values: [value] },
        mark: { type: "rule", color: paint("D"), strokeWidth: 1.5, aria: false },
        encoding: { x: { ...x, field: "low" }, x2: { field: "high" }, y: { ...y, field: "miss" } },
      },
      {
        data: { values: [value] },
        mark: { type: "rule", color: paint("D"), strokeWidth: 1.5, aria: false },
        encoding: {
          x: { ...x, field: "value" },
          y: { ...y, field: "missLow" },
          y2: { field: "missHigh" },
        },
      },
      {
        data: { values: [value] },
        mark: { type: "point", filled: true, size: 70, color: paint("D"), opacity: 1 },
        encoding: {
          x: { ...x, field: "value" },
          y: { ...y, field: "miss" },
          description: { value: "operating point" },
        },
      },
    ],
  });
}
