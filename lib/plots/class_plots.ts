/** What a classifier takes for what, class by class. */
import { inOrder, PANEL_WIDTH, type Spec } from "./spec.ts";
import { paint, settingColor, settingShape, settingsOf, themed } from "./theme.ts";

/** Beyond this, cells are too small for their counts. */
const MOST_LABELLED = 20;
/** A side of the smallest cell whose class can still be named beside it, in pixels. */
const LEAST_CELL = 13;

/** @param confusion Counts; row: the true class, column: the predicted one. */
export function confusionPlot(classes: readonly string[], confusion: readonly (readonly number[])[]): Spec {
  const share = (row: number, column: number): number => {
    const total = confusion[row]!.reduce((sum, count) => sum + count, 0);
    return total === 0 ? 0 : confusion[row]![column]! / total;
  };
  const indices = classes.map((_, i) => i);
  const labelled = classes.length <= MOST_LABELLED;
  const size = Math.max(PANEL_WIDTH, LEAST_CELL * classes.length);
  const values = indices.flatMap((row) =>
    indices.map((column) => ({
      truth: classes[row]!,
      predicted: classes[column]!,
      count: confusion[row]![column]!,
      percent: 100 * share(row, column),
      note: `${classes[row]} taken for ${classes[column]}: ${confusion[row]![column]} (${
        (100 * share(row, column)).toFixed(0)
      } %)`,
    }))
  );
  const drawn = labelled ? values : values.filter(({ count }) => count > 0);
  const { sort, scale } = inOrder(classes);
  return themed({
    width: size,
    height: size,
    data: { values: drawn },
    encoding: {
      x: {
        field: "predicted",
        type: "nominal",
        sort,
        scale,
        title: "predicted",
        axis: { labelAngle: -60 },
      },
      y: {
        field: "truth",
        type: "nominal",
        sort,
        scale,
        title: "true class",
      },
    },
    layer: [
      {
        mark: { type: "rect", stroke: paint("grid"), strokeWidth: 0.5, color: paint("B") },
        encoding: {
          fillOpacity: {
            field: "percent",
            type: "quantitative",
            scale: { domain: [0, 100], range: [0, 1] },
            legend: null,
          },
          description: { field: "note" },
        },
      },
      ...(labelled
        ? [{
          transform: [{ filter: "datum.count > 0" }],
          mark: { type: "text", fontSize: Math.min(11, size / classes.length * 0.5), aria: false },
          encoding: {
            text: { field: "count" },
            color: { condition: { test: "datum.percent > 55", value: paint("paper") }, value: paint("ink") },
          },
        }]
        : []),
    ],
  });
}

export interface ClassScore {
  readonly setting: string;
  readonly label: string;
  /** In [0, 1]. */
  readonly score: number;
}

/** One score by class, the settings side by side. @param title As `recall (%)`. */
export function classScorePlot(
  classes: readonly string[],
  scores: readonly ClassScore[],
  title: string,
): Spec {
  const values = scores.map(({ setting, label, score }) => ({
    setting,
    label,
    percent: 100 * score,
    note: `${label}, setting ${setting}: ${(100 * score).toFixed(1)} %`,
  }));
  return themed({
    width: PANEL_WIDTH,
    height: { step: 20 },
    data: { values },
    encoding: {
      y: { field: "label", type: "nominal", ...inOrder(classes), title: null, axis: { grid: true } },
    },
    layer: [
      {
        mark: { type: "rule", color: paint("grid"), strokeWidth: 3, aria: false },
        encoding: {
          x: { aggregate: "min", field: "percent", type: "quantitative", title },
          x2: { aggregate: "max", field: "percent" },
        },
      },
      {
        mark: { type: "point", filled: true, size: 60, opacity: 0.95 },
        encoding: {
          x: {
            field: "percent",
            type: "quantitative",
            title,
            scale: { domain: [0, 100] },
            axis: { grid: false },
          },
          color: settingColor(scores),
          shape: { ...settingShape(scores), sort: settingsOf(scores) },
          description: { field: "note" },
        },
      },
    ],
  });
}

/** What was taken for what how often, the most frequent first. */
export interface ConfusedPair {
  /** As `ih for iy`. */
  readonly pair: string;
  readonly count: number;
}

/** @param most Where the axis ends: the largest count of all panels. */
export function confusedPairsPlot(pairs: readonly ConfusedPair[], title: string, most: number): Spec {
  return themed({
    width: PANEL_WIDTH,
    height: { step: 17 },
    data: { values: pairs.map((pair) => ({ ...pair, note: `${pair.pair}: ${pair.count}` })) },
    mark: { type: "bar", color: paint("B"), height: { band: 0.7 } },
    encoding: {
      y: { field: "pair", type: "nominal", ...inOrder(pairs.map(({ pair }) => pair)), title: null },
      x: {
        field: "count",
        type: "quantitative",
        title,
        scale: { domain: [0, most] },
        axis: { tickMinStep: 1, format: "d" },
      },
      description: { field: "note" },
    },
  });
}
