/** Differences with their uncertainty over two things that vary: small drawings side by side, on one scale. */
import type { IntervalPoint } from "./interval_plot.ts";
import type { Spec } from "./spec.ts";
import { paint, settingColor, settingShape, settingsOf, themed } from "./theme.ts";

export interface GridPoint extends IntervalPoint {
  readonly row: string;
  readonly column: string;
}

export interface GridAxes {
  readonly x: string;
  readonly y: string;
}

/** Of one drawing: a row of four is as wide as a page. */
const [WIDTH, HEIGHT] = [200, 120];

/** Points with error bars and a line at 0; rows and columns in the order in which they first come. */
export function intervalGrid(points: readonly GridPoint[], axes: GridAxes): Spec {
  const places = [...new Set(points.map(({ x }) => x))];
  if (places.every((place) => typeof place === "number")) places.sort((a, b) => Number(a) - Number(b));
  const x = {
    field: "x",
    type: "ordinal",
    sort: null,
    scale: { domain: places, padding: 0.4 },
    title: axes.x,
    axis: { labelAngle: 0, grid: false },
  };
  const drawn = settingsOf(points).filter((name) => points.some(({ setting }) => setting === name));
  const apart = { field: "setting", type: "nominal", sort: drawn, scale: { domain: drawn } };
  const [color, shape] = [settingColor(points), settingShape(points)];
  const bounds = points.flatMap(({ low, high }) => [low, high]);
  const scale = { domain: [Math.min(0, ...bounds), Math.max(0, ...bounds)], nice: true };
  const y = (field: string) => ({ field, type: "quantitative", title: axes.y, scale });
  const columns = [...new Set(points.map(({ column }) => column))];
  const drawing = {
    width: WIDTH,
    height: HEIGHT,
    layer: [
      {
        mark: { type: "rule", strokeDash: [4, 3], color: paint("muted"), aria: false },
        encoding: { y: { datum: 0, title: axes.y } },
      },
      {
        mark: { type: "line", strokeWidth: 1.2, opacity: 0.6, aria: false },
        encoding: { x, xOffset: apart, y: y("value"), color },
      },
      {
        mark: { type: "rule", strokeWidth: 1.5, aria: false },
        encoding: { x, xOffset: apart, y: y("low"), y2: { field: "high" }, color },
      },
      {
        mark: { type: "point", filled: true, size: 50, opacity: 1 },
        encoding: {
          x,
          xOffset: apart,
          y: y("value"),
          color,
          shape,
          description: { field: "note" },
        },
      },
    ],
  };
  return themed({
    spacing: 22,
    vconcat: [...Map.groupBy(points, ({ row }) => row)].map(([row, values]) => ({
      title: { text: row, anchor: "start" },
      data: { values },
      facet: {
        column: {
          field: "column",
          type: "nominal",
          title: null,
          sort: columns,
          header: { labelFontWeight: 600 },
        },
      },
      spacing: 14,
      spec: drawing,
    })),
  });
}
