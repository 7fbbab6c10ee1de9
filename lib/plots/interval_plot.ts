/** Figures with their uncertainty: by setting, and over whatever a sweep varies. */
import { type Extent, inOrder, PANEL_WIDTH, type Spec } from "./spec.ts";
import { paint, settingColor, settingShape, settingsOf, themed } from "./theme.ts";

/** An estimate and the interval around it. */
export interface IntervalPoint {
  readonly setting: string;
  /** Where it stands on the horizontal axis. */
  readonly x: string | number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** What the point says in words, for pointers and screen readers. */
  readonly note: string;
}

export interface IntervalAxes {
  /** Null: the settings themselves stand on the horizontal axis. */
  readonly x: string | null;
  readonly y: string;
  /** A line at 0, which is part of the axis. */
  readonly zero?: boolean;
  /** Of the vertical axis; absent: of these points. */
  readonly extent?: Extent;
  /** Turn the labels of the horizontal axis, which are long. */
  readonly steep?: boolean;
  /** Join the points of a setting though the horizontal axis has no numbers. */
  readonly joined?: boolean;
}

/** Characters beyond which names on an axis are turned. */
const LONG_NAME = 4;

/** Points with error bars; over an axis of numbers, joined by setting and set a little apart. */
export function intervalPlot(points: readonly IntervalPoint[], axes: IntervalAxes): Spec {
  const overAxis = axes.x !== null;
  const settings = settingsOf(points);
  const places = overAxis ? [...new Set(points.map(({ x }) => x))] : [...settings];
  const numbers = places.every((place) => typeof place === "number");
  if (numbers) places.sort((a, b) => Number(a) - Number(b));
  const x = {
    field: overAxis ? "x" : "setting",
    type: "ordinal",
    sort: null,
    scale: { domain: places, padding: 0.5 },
    title: axes.x ?? "setting: what is trained",
    // Names of lists are long, those of settings a letter.
    axis: { labelAngle: axes.steep === true || places.some(isLong) ? -35 : 0, grid: false },
  };
  const apart = overAxis
    ? {
      xOffset: {
        field: "setting",
        type: "nominal",
        sort: settings,
        scale: { domain: settings },
      },
    }
    : {};
  const y = (field: string) => ({
    field,
    type: "quantitative",
    title: axes.y,
    scale: axes.extent === undefined
      ? { zero: axes.zero === true, nice: true }
      : { domain: axes.extent, zero: false, nice: true },
  });
  const legend = overAxis ? {} : { legend: null };
  const [color, shape] = [settingColor(points), settingShape(points)];
  return themed({
    width: PANEL_WIDTH,
    height: 190,
    data: { values: points },
    encoding: { x, ...apart },
    layer: [
      ...(axes.zero === true
        ? [{
          mark: { type: "rule", strokeDash: [4, 3], color: paint("muted"), aria: false },
          encoding: { x: null, xOffset: null, y: { datum: 0, title: axes.y } },
        }]
        : []),
      ...(overAxis && (numbers || axes.joined === true)
        ? [{
          mark: { type: "line", strokeWidth: 1.5, opacity: 0.7, aria: false },
          encoding: { y: y("value"), color },
        }]
        : []),
      {
        mark: { type: "rule", strokeWidth: 1.5, aria: false },
        encoding: { y: y("low"), y2: { field: "high" }, color: { ...color, ...legend } },
      },
      {
        mark: { type: "point", filled: true, size: 70, opacity: 1 },
        encoding: {
          y: y("value"),
          color: { ...color, ...legend },
          shape: { ...shape, ...legend },
          description: { field: "note" },
        },
      },
    ],
  });
}

function isLong(place: string | number): boolean {
  return typeof place === "string" && place.length > LONG_NAME;
}

export interface ForestPoint extends Omit<IntervalPoint, "x"> {
  /** Its line, as labelled at the left. */
  readonly line: string;
}

/** Differences one below the other, beside a line at 0. */
export function forestPlot(points: readonly ForestPoint[], title: string): Spec {
  const lines = points.map(({ line }) => line);
  const y = {
    field: "line",
    type: "ordinal",
    ...inOrder(lines),
    title: null,
    axis: { labelLimit: 280, grid: true },
  };
  const x = (field: string) => ({ field, type: "quantitative", title, scale: { zero: true, nice: true } });
  const color = { ...settingColor(points), legend: null };
  return themed({
    width: PANEL_WIDTH + 20,
    height: { step: 26 },
    data: { values: points },
    layer: [
      {
        mark: { type: "rule", strokeDash: [4, 3], color: paint("muted"), aria: false },
        encoding: { x: { datum: 0, title } },
      },
      {
        mark: { type: "rule", strokeWidth: 2, aria: false },
        encoding: { y, x: x("low"), x2: { field: "high" }, color },
      },
      {
        mark: { type: "point", filled: true, size: 90, opacity: 1 },
        encoding: {
          y,
          x: x("value"),
          color,
          shape: { ...settingShape(points), legend: null },
          description: { field: "note" },
        },
      },
    ],
  });
}
