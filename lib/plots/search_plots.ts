/** What a search tried: its objective over trials, over each value, and over epochs. */
import { type Extent, inOrder, PANEL_WIDTH, type Spec } from "./spec.ts";
import { paint, themed } from "./theme.ts";

/** How far a trial came. */
export const FATES = ["best", "to the end", "cut short"] as const;
export type Fate = (typeof FATES)[number];

/** A trial at the furthest rung that it reached. */
export interface TrialPoint {
  readonly trial: number;
  readonly score: number;
  readonly fate: Fate;
  readonly epochs: number;
  /** For who cannot see the drawing. */
  readonly note: string;
}

/** Scores of one trial, epoch by epoch. */
export interface TrialCurve extends Pick<TrialPoint, "trial" | "fate"> {
  readonly epochs: readonly { readonly epoch: number; readonly value: number }[];
}

/** An axis of scores. @property logarithmic Only of positive ones. */
export interface ScoreAxis {
  readonly title: string;
  readonly extent: Extent;
  readonly logarithmic: boolean;
}

const HEIGHT = 170;

/** In the order in which they were drawn. */
export function trialsPlot(points: readonly TrialPoint[], axis: ScoreAxis): Spec {
  const x = { field: "trial", type: "quantitative", title: "trial", axis: { grid: false, tickMinStep: 1 } };
  return pointsPlot(points, { ...x, scale: { nice: false, zero: false } }, axis);
}

/** @param values Of one key, in the order of the points: numbers, or the words of a choice. */
export function valuePlot(
  points: readonly TrialPoint[],
  values: readonly (number | string)[],
  { title, logarithmic, choices }: {
    readonly title: string;
    readonly logarithmic: boolean;
    /** All there are; undefined: numbers on an axis. */
    readonly choices: readonly string[] | undefined;
  },
  axis: ScoreAxis,
): Spec {
  const x = choices === undefined
    ? {
      type: "quantitative",
      scale: logarithmic ? { type: "log", nice: false } : { zero: false },
      axis: { grid: false, ...(logarithmic ? { format: "~g" } : {}) },
    }
    : { type: "nominal", ...inOrder(choices), axis: { labelAngle: 0 } };
  return pointsPlot(
    points.map((point, i) => ({ ...point, value: values[i]! })),
    { field: "value", title, ...x },
    axis,
  );
}

/** Every trial as far as it was trained, the best in front. */
export function curvesPlot(curves: readonly TrialCurve[], axis: ScoreAxis): Spec {
  const values = curves.flatMap(({ trial, fate, epochs }) =>
    epochs.map(({ epoch, value }) => ({ trial, fate, epoch, value }))
  );
  return themed({
    width: PANEL_WIDTH,
    height: HEIGHT,
    data: { values },
    mark: { type: "line", point: { size: 12 }, aria: false },
    encoding: {
      x: { field: "epoch", type: "quantitative", title: "epoch", axis: { grid: false, tickMinStep: 1 } },
      y: { ...scoreChannel(axis), field: "value" },
      color: FATE,
      detail: { field: "trial" },
      order: { field: "epoch" },
      strokeWidth: { condition: { test: "datum.fate === 'best'", value: 2.5 }, value: 1 },
      opacity: { condition: { test: "datum.fate === 'cut short'", value: 0.6 }, value: 1 },
    },
  });
}

function pointsPlot(points: readonly TrialPoint[], x: Spec, axis: ScoreAxis): Spec {
  return themed({
    width: PANEL_WIDTH,
    height: HEIGHT,
    data: { values: points },
    mark: { type: "point", filled: true, size: 45, opacity: 0.9 },
    encoding: {
      x,
      y: { ...scoreChannel(axis), field: "score" },
      color: FATE,
      shape: { ...FATE, scale: { domain: FATES, range: ["diamond", "circle", "cross"] } },
      description: { field: "note" },
    },
  });
}

const FATE = {
  field: "fate",
  type: "nominal",
  title: null,
  scale: { domain: FATES, range: [paint("D"), paint("B"), paint("muted")] },
};

function scoreChannel({ title, extent, logarithmic }: ScoreAxis): Spec {
  return {
    type: "quantitative",
    title,
    scale: { domain: extent, nice: false, ...(logarithmic ? { type: "log" } : { zero: false }) },
  };
}
