/** Where filters stand, how they moved, and what they leave out. */
import { PANEL_WIDTH, type Spec } from "./spec.ts";
import { paint, themed } from "./theme.ts";

/** One band before and after training, in hertz; null where a filter has no weight at all. */
export interface BandShift {
  readonly band: number;
  readonly initialHz: number | null;
  readonly learnedHz: number | null;
}

/** How far a quantity moved, against where the band was. @param quantity As `centre` or `width`. */
export function shiftPlot(
  bands: readonly { readonly band: number; readonly atHz: number | null; readonly shift: BandShift }[],
  quantity: string,
): Spec {
  const values = bands.flatMap(({ band, atHz, shift: { initialHz, learnedHz } }) => {
    if (atHz === null || initialHz === null || learnedHz === null) return [];
    const moved = learnedHz - initialHz;
    const note = `band ${band}: ${quantity} ${initialHz.toFixed(0)} Hz to ${learnedHz.toFixed(0)} Hz`;
    return [{ at: atHz / 1000, moved, note }];
  });
  const y = { field: "moved", type: "quantitative", title: `shift of the ${quantity} (Hz)` };
  const x = { field: "at", type: "quantitative", title: "initial centre (kHz)", axis: { grid: false } };
  return themed({
    width: PANEL_WIDTH,
    height: 150,
    data: { values },
    layer: [
      {
        mark: { type: "rule", color: paint("muted"), aria: false },
        encoding: { y: { datum: 0, title: y.title } },
      },
      {
        mark: { type: "rule", color: paint("D"), opacity: 0.6, aria: false },
        encoding: { x, y: { ...y }, y2: { datum: 0 } },
      },
      {
        mark: { type: "point", filled: true, color: paint("D"), size: 30, opacity: 1 },
        encoding: { x, y, description: { field: "note" } },
      },
    ],
  });
}

export interface BinCoverage {
  readonly hz: number;
  readonly initial: number;
  readonly learned: number;
}

/** The largest weight that any filter gives each bin; bins that no filter covers are marked at the bottom. */
export function coveragePlot(bins: readonly BinCoverage[], weight: string): Spec {
  // Learned above initial, which stays to be seen: it is drawn first, and wider.
  const states = (["initial", "learned"] as const).map((state) => ({
    values: bins.map((bin) => ({ khz: bin.hz / 1000, state, weight: bin[state] })),
    strokeWidth: state === "initial" ? 3.5 : 1.2,
    opacity: state === "initial" ? 0.5 : 1,
  }));
  const uncovered = bins.filter(({ learned }) => learned === 0).map(({ hz }) => ({
    khz: hz / 1000,
    note: `${hz.toFixed(0)} Hz: no filter covers it after training`,
  }));
  const x = {
    field: "khz",
    type: "quantitative",
    title: "frequency (kHz)",
    axis: { grid: false },
    scale: { nice: false },
  };
  return themed({
    width: PANEL_WIDTH,
    height: 150,
    layer: [
      ...states.map(({ values, ...look }) => ({
        data: { values },
        mark: { type: "line", ...look, interpolate: "step", aria: false },
        encoding: {
          x,
          y: { field: "weight", type: "quantitative", title: weight },
          color: {
            field: "state",
            type: "nominal",
            title: "filters",
            scale: { domain: ["initial", "learned"], range: [paint("muted"), paint("D")] },
          },
        },
      })),
      ...(uncovered.length === 0 ? [] : [{
        data: { values: uncovered },
        mark: { type: "tick", orient: "vertical", thickness: 2, size: 12, color: paint("warning") },
        encoding: { x, y: { datum: 0 }, description: { field: "note" } },
      }]),
    ],
  });
}
