/** A score when a stretch of the spectrum is silenced. */
import { type Extent, PANEL_WIDTH, type Spec } from "./spec.ts";
import { settingColor, themed } from "./theme.ts";

export interface MaskPoint {
  readonly setting: string;
  /** The bins set to zero, in hertz; null: none, the level to compare with. */
  readonly band: readonly [number, number] | null;
  /** In percent, as are its bounds. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly note: string;
}

/** A bar from the lower to the upper edge of each mask at the score without it; dashed: nothing masked. */
export function maskPlot(
  points: readonly MaskPoint[],
  { highestHz, title, extent }: {
    readonly highestHz: number;
    readonly title: string;
    /** Of the vertical axis. */
    readonly extent: Extent;
  },
): Spec {
  const masked = points.flatMap(({ band, ...point }) =>
    band === null
      ? []
      : [{ ...point, from: band[0] / 1000, to: band[1] / 1000, middle: (band[0] + band[1]) / 2000 }]
  );
  const open = points.filter(({ band }) => band === null).map(({ setting, value, note }) => ({
    setting,
    value,
    note,
  }));
  const x = {
    type: "quantitative",
    title: "masked frequencies (kHz)",
    scale: { domain: [0, highestHz / 1000], nice: false },
    axis: { grid: false },
  };
  const y = (field: string) => ({
    field,
    type: "quantitative",
    title,
    scale: { domain: extent, zero: false },
  });
  // A layer without values has no extent for the axis.
  const dashed = open.length === 0 ? [] : [{
    data: { values: open },
    mark: { type: "rule", strokeDash: [4, 3], strokeWidth: 1.5 },
    encoding: { y: y("value"), description: { field: "note" } },
  }];
  return themed({
    width: PANEL_WIDTH,
    height: 190,
    data: { values: masked },
    encoding: { color: settingColor(points) },
    layer: [
      ...dashed,
      {
        mark: { type: "rule", opacity: 0.5, aria: false },
        encoding: { x: { field: "middle", ...x }, y: y("low"), y2: { field: "high" } },
      },
      {
        mark: { type: "rule", strokeWidth: 4, strokeCap: "round" },
        encoding: {
          x: { field: "from", ...x },
          x2: { field: "to" },
          y: y("value"),
          description: { field: "note" },
        },
      },
    ],
  });
}
