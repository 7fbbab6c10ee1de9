/** Matrices as images with axes and a colour bar. */
import { type Colormap, SEQUENTIAL } from "./colormap.ts";
import { type Domain, type Matrix, rasterUrl } from "./raster.ts";
import { PANEL_WIDTH, type Spec } from "./spec.ts";
import { themed } from "./theme.ts";

export interface HeatAxis {
  readonly title: string;
  /** From the outer edge of the first row or column to that of the last. */
  readonly range: readonly [number, number];
}

export interface HeatMap {
  readonly matrix: Matrix;
  readonly x: HeatAxis;
  /** Grows upwards: the first row is at the bottom. */
  readonly y: HeatAxis;
  readonly color: { readonly title: string; readonly domain: Domain; readonly map?: Colormap };
  /** In words, for screen readers. */
  readonly note: string;
  readonly height?: number;
  /** Above the map, where several stand in one panel. */
  readonly heading?: string;
}

export function heatMap(map: HeatMap): Spec {
  return themed(heatView(map));
}

/**
 * Maps one below the other; those of one stack share their colours, and one bar serves all.
 * @param stacks Each of at least one map.
 */
export function heatMaps(stacks: readonly (readonly HeatMap[])[]): Spec {
  return themed({
    spacing: 12,
    resolve: { scale: { color: "independent" } },
    vconcat: stacks.map((maps) => ({ spacing: 12, vconcat: maps.map(heatView) })),
  });
}

function heatView({ matrix, x, y, color, note, height = 150, heading }: HeatMap): Spec {
  const colormap = color.map ?? SEQUENTIAL;
  const place = (axis: HeatAxis) => ({
    type: "quantitative",
    title: axis.title,
    scale: { domain: axis.range, nice: false, zero: false },
    axis: { grid: false, tickCount: 5 },
  });
  const [left, right] = x.range;
  const [bottom, top] = y.range;
  const url = rasterUrl(matrix, color.domain, colormap, true);
  return {
    width: PANEL_WIDTH,
    height,
    ...(heading === undefined ? {} : { title: { text: heading, fontWeight: "normal" } }),
    data: { values: [{ left, right, bottom, top, url, value: color.domain[0], note }] },
    layer: [
      {
        mark: {
          type: "image",
          aspect: false,
          smooth: false,
          align: "left",
          baseline: "top",
          width: PANEL_WIDTH,
          height,
        },
        encoding: {
          x: { field: "left", ...place(x) },
          y: { field: "top", ...place(y) },
          url: { field: "url" },
          description: { field: "note" },
        },
      },
      {
        // Draws nothing: it is here for its legend.
        mark: { type: "point", opacity: 0, aria: false },
        encoding: {
          x: { field: "left", ...place(x) },
          y: { field: "bottom", ...place(y) },
          color: {
            field: "value",
            type: "quantitative",
            title: color.title,
            scale: { domain: color.domain, range: colormap.stops, interpolate: "rgb" },
            legend: {
              orient: "bottom",
              titleOrient: "top",
              gradientLength: PANEL_WIDTH - 20,
              gradientThickness: 8,
              offset: 4,
            },
          },
        },
      },
    ],
  };
}
