/** Misses and false alarms an hour, over all thresholds (detection error tradeoff; Martin et al. 1997). */
import { PANEL_WIDTH, type Spec } from "./spec.ts";
import { paint, settingColor, settingShape, themed } from "./theme.ts";

/** One threshold. */
export interface DetPlotPoint {
  /** Null: infinity. */
  readonly threshold: number | null;
  readonly alarmsPerHour: number;
  /** Share of words, in [0, 1]. */
  readonly missRate: number;
}

/** A value with its 95 % interval. */
interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What one network does on a stream. */
export interface DetCurve {
  /** Tells apart what is drawn together; absent where there is one curve. */
  readonly setting?: string;
  /** From one end to the other. */
  readonly points: readonly DetPlotPoint[];
  /** The same with one threshold for all words, where words have their own above: dashed. */
  readonly common?: readonly DetPlotPoint[];
  /** The operating point, with 95 % intervals. */
  readonly operating: { readonly alarmsPerHour: Estimate; readonly missRate: Estimate };
  /** What the operating point says in words, for pointers and screen readers. */
  readonly note: string;
}

/** What one network does on a stream that nobody labelled. */
export interface AlarmCurve extends Omit<DetCurve, "points" | "common" | "operating"> {
  readonly points: readonly Omit<DetPlotPoint, "missRate">[];
  readonly operating: { readonly threshold: number; readonly alarmsPerHour: Estimate };
}

/** With more curves the bars of their operating points would hide each other. */
const MOST_BARS = 4;

/**
 * Each curve from end to end, with linear misses and a symmetric-logarithmic axis of alarms, on which the end without any
 * alarm has its place.
 * @param curves At least one. @param width Of the plotting area, in pixels.
 */
export function detPlot(curves: readonly DetCurve[], width = PANEL_WIDTH): Spec {
  const common = curves.flatMap(({ common, ...curve }) =>
    common === undefined ? [] : [{ ...curve, points: common }]
  );
  const alarms = alarmAxis([...curves, ...common]);
  const x = (field: string) => ({ ...alarms, field });
  const y = (field: string) => ({
    field,
    type: "quantitative",
    title: "words missed",
    scale: { domain: [0, 1] },
    axis: { format: "%" },
  });
  const { line, mark, shape } = looks(curves);
  const operating = {
    values: curves.map(({ setting, note, operating: { alarmsPerHour, missRate } }) => ({
      ...(setting === undefined ? {} : { setting }),
      note,
      ...alarmsPerHour,
      miss: missRate.value,
      missLow: missRate.low,
      missHigh: missRate.high,
    })),
  };
  const bar = { type: "rule", strokeWidth: 1.5, aria: false };
  const drawn = (of: readonly Pick<DetCurve, "setting" | "points">[], look: Spec) => ({
    data: { values: placed(of) },
    mark: { type: "line", interpolate: "step-after", aria: false, ...look },
    encoding: {
      x: x("alarmsPerHour"),
      y: y("missRate"),
      color: line,
      detail: { field: "curve" },
      order: { field: "place", type: "quantitative" }, // thresholds have no end that could be ordered
    },
  });
  return themed({
    width,
    height: Math.min(width, PANEL_WIDTH),
    layer: [
      ...(common.length === 0 ? [] : [drawn(common, { strokeWidth: 1.5, strokeDash: [5, 3] })]),
      drawn(curves, { strokeWidth: 2 }),
      ...(curves.length > MOST_BARS ? [] : [
        {
          data: operating,
          mark: bar,
          encoding: { x: x("low"), x2: { field: "high" }, y: y("miss"), color: mark },
        },
        {
          data: operating,
          mark: bar,
          encoding: { x: x("value"), y: y("missLow"), y2: { field: "missHigh" }, color: mark },
        },
      ]),
      {
        data: operating,
        mark: { type: "point", filled: true, size: 70, opacity: 1 },
        encoding: {
          x: x("value"),
          y: y("miss"),
          color: mark,
          ...shape,
          description: { field: "note" },
        },
      },
    ],
  });
}

/** False alarms an hour over the threshold, up to 1: where nobody labelled the words, nothing can be said of misses. */
export function alarmPlot(curves: readonly AlarmCurve[], width = PANEL_WIDTH): Spec {
  const alarms = alarmAxis(curves);
  const x = { field: "threshold", type: "quantitative", title: "threshold", scale: { domain: [0, 1] } };
  const y = (field: string) => ({ ...alarms, field });
  const { line, mark, shape } = looks(curves);
  const operating = {
    values: curves.map(({ setting, note, operating: { threshold, alarmsPerHour } }) => ({
      ...(setting === undefined ? {} : { setting }),
      note,
      threshold,
      ...alarmsPerHour,
    })),
  };
  return themed({
    width,
    height: Math.min(width, PANEL_WIDTH),
    layer: [
      {
        data: { values: placed(curves).filter(({ threshold }) => threshold !== null) },
        mark: { type: "line", strokeWidth: 2, aria: false },
        encoding: { x, y: y("alarmsPerHour"), color: line, detail: { field: "curve" } },
      },
      ...(curves.length > MOST_BARS ? [] : [{
        data: operating,
        mark: { type: "rule", strokeWidth: 1.5, aria: false },
        encoding: { x, y: y("low"), y2: { field: "high" }, color: mark },
      }]),
      {
        data: operating,
        mark: { type: "point", filled: true, size: 70, opacity: 1 },
        encoding: { x, y: y("value"), color: mark, ...shape, description: { field: "note" } },
      },
    ],
  });
}

interface Alarms {
  readonly points: readonly Pick<DetPlotPoint, "alarmsPerHour">[];
  readonly operating: { readonly alarmsPerHour: Estimate };
}

function alarmAxis(curves: readonly Alarms[]) {
  const most = Math.max(
    1,
    ...curves.map(({ operating, points }) =>
      Math.max(operating.alarmsPerHour.high, ...points.map(({ alarmsPerHour }) => alarmsPerHour))
    ),
  );
  const decades = Array.from({ length: Math.ceil(Math.log10(most)) + 1 }, (_, i) => 10 ** i);
  return {
    type: "quantitative",
    title: "false alarms an hour",
    scale: { type: "symlog", constant: 1, domain: [0, 1.15 * most], nice: false },
    axis: { values: [0, ...decades], grid: true },
  };
}

/** All points, with the curve that each is of and its place there. */
function placed<Point extends object>(
  curves: readonly { readonly setting?: string; readonly points: readonly Point[] }[],
) {
  return curves.flatMap(({ setting, points }, curve) =>
    points.map((point, place) => ({ ...point, ...(setting === undefined ? {} : { setting }), curve, place }))
  );
}

/** By setting where all curves have one, with a legend; else of a curve and of its operating point. */
function looks(curves: readonly Pick<DetCurve, "setting">[]) {
  const named = curves.flatMap(({ setting }) => setting === undefined ? [] : [{ setting }]);
  if (named.length < curves.length) {
    return { line: { value: paint("B") }, mark: { value: paint("D") }, shape: {} };
  }
  const color = settingColor(named);
  return { line: color, mark: color, shape: { shape: settingShape(named) } };
}
