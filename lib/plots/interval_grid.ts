/** Differences with their uncertainty over two things that vary: small drawings side by side, on one scale. */
import type { IntervalPoint } from "./interval_plot.ts";
import type { Spec } from "./spec.ts";
import { paint, SETTING_COLOR, SETTING_SHAPE, SETTINGS, themed } from "./theme.ts";

export interface GridPoint extends IntervalPoint {
  readonly row: string;
  readonly column: string;
}

export interface GridAxes {
  readonly x: string;
  readonly y: string;
}

/** Of one drawing: a row of four is as wide as a page. */
const [WIDTH, HEIGHT] = [165, 130];

/** Points with error bars and a line at 0; rows and columns in the order in which they first come. */
export function intervalGrid(points: readonly GridPoint[], axes: GridAxes): Spec {
  const all = (of: (point: GridPoint) => string | number) => [...new Set(points.map(of))];
  const places = all(({ x }) => x);
  if (places.every((place) => typeof place === "number")) places.sort((a, b) => Number(a) - Number(b));
  const x = {
    field: "x",
    type: "ordinal",
    sort: null,
    scale: { domain: places, padding: 0.4 },
    title: axes.x,
    axis: { labelAngle: 0, grid: false },
  };
  const xOffset = {
    field: "setting",
    type: "nominal",
    sort: SETTINGS,
    scale: { domain: SETTINGS, range: [-8, 8] },
  };
  const y = (field: string) => ({ field, type: "quantitative", title: axes.y, scale: { nice: true } });
  const heading = (field: "row" | "column") => ({
    field,
    type: "nominal",
    title: null,
    sort: all((point) => point[field]),
    header: { labelOrient: "top", labelAnchor: field === "row" ? "start" : "middle", labelFontWeight: 600 },
  });
  return themed({
    data: { values: points },
    facet: { row: heading("row"), column: heading("column") },
    spacing: { row: 18, column: 14 },
    spec: {
      width: WIDTH,
      height: HEIGHT,
      layer: [
        {
          mark: { type: "rule", strokeDash: [4, 3], color: paint("muted"), aria: false },
          encoding: { y: { datum: 0, title: axes.y } },
        },
        {
          mark: { type: "line", strokeWidth: 1.2, opacity: 0.6, aria: false },
          encoding: { x, xOffset, y: y("value"), color: SETTING_COLOR },
        },
        {
          mark: { type: "rule", strokeWidth: 1.5, aria: false },
          encoding: { x, xOffset, y: y("low"), y2: { field: "high" }, color: SETTING_COLOR },
        },
        {
          mark: { type: "point", filled: true, size: 50, opacity: 1 },
          encoding: {
            x,
            xOffset,
            y: y("value"),
            color: SETTING_COLOR,
            shape: SETTING_SHAPE,
            description: { field: "note" },
          },
        },
      ],
    },
  });
}
