/** One number for each band, before and after training. */
import { PANEL_WIDTH, type Spec } from "./spec.ts";
import { paint, themed } from "./theme.ts";

export interface BandValue {
  readonly band: number;
  readonly initial: number | null;
  readonly learned: number | null;
}

const STATES = ["initial", "learned"];
const STATE = { field: "state", type: "nominal", title: null };

/** @param title Of the values, with their unit. */
export function valuesPlot(bands: readonly BandValue[], title: string): Spec {
  const values = bands.flatMap(({ band, ...states }) =>
    Object.entries(states).flatMap(([state, value]) =>
      typeof value === "number" ? [{ band, state, value, note: `band ${band}, ${state}: ${value}` }] : []
    )
  );
  return themed({
    width: PANEL_WIDTH,
    height: 150,
    data: { values },
    mark: { type: "point", filled: true, size: 30, opacity: 0.95 },
    encoding: {
      x: { field: "band", type: "quantitative", title: "band", axis: { grid: false, tickMinStep: 1 } },
      y: { field: "value", type: "quantitative", title, scale: { zero: false } },
      color: { ...STATE, scale: { domain: STATES, range: [paint("muted"), paint("D")] } },
      shape: { ...STATE, scale: { domain: STATES, range: ["circle", "diamond"] } },
      description: { field: "note" },
    },
  });
}
