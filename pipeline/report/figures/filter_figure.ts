/** Filters before and after training. Pure. */
import { DIVERGING } from "../../../lib/plots/colormap.ts";
import { coveragePlot, shiftPlot } from "../../../lib/plots/filter_plots.ts";
import { type HeatMap, heatMap } from "../../../lib/plots/heat_map.ts";
import { binAxis, type Filters, finite, mostOf, rounded, type ViewFigure } from "./view_figure.ts";

export function filterFigure(run: string, initial: Filters, learned: Filters): ViewFigure {
  const { bands, binsHz } = initial;
  const bins = initial.weights.length / bands;
  const peaks = Array.from(
    { length: bands },
    (_, m) => initial.weights.subarray(m * bins, (m + 1) * bins).reduce((a, b) => Math.max(a, b), 0),
  );
  const relative = (of: (i: number) => number) =>
    Array.from({ length: bands * bins }, (_, i) => {
      const peak = peaks[Math.floor(i / bins)]!;
      return peak > 0 ? of(i) / peak : 0;
    });
  const change = relative((i) => learned.weights[i]! - initial.weights[i]!);
  const most = mostOf(change);
  const map = (values: readonly number[], color: HeatMap["color"], note: string) =>
    heatMap({
      matrix: { rows: bands, columns: bins, values },
      x: binAxis("frequency", binsHz),
      y: { title: "band", range: [0.5, bands + 0.5] },
      color,
      note,
    });
  const weight = { title: "weight (of the initial maximum)", domain: [0, 1] } as const;
  const [centres, widths] = [shiftsOf(initial, learned, "centresHz"), shiftsOf(initial, learned, "widthsHz")];
  const shifts = (of: typeof centres) =>
    of.map((shift, m) => ({ band: m + 1, atHz: centres[m]!.initialHz, shift }));
  const coverage = Array.from({ length: bins }, (_, k) => ({
    hz: binsHz[k]!,
    initial: largest(initial, k),
    learned: largest(learned, k),
  }));
  const open = coverage.filter((bin) => bin.learned === 0).length;
  return {
    title: "Filters before and after training",
    reading:
      "Each row of the maps is one band; the third map is what training added (red) and took away (blue); below, how " +
      "far each band's centre and width moved (of weights: their mean frequency, and half the base of a triangle of " +
      `the same spread), and the largest weight that each bin gets; ${open} of ${bins} bins get none (red ticks).`,
    panels: [
      {
        id: "initial",
        title: "Initial",
        spec: map(relative((i) => initial.weights[i]!), weight, "initial filters"),
      },
      {
        id: "learned",
        title: "Learned",
        spec: map(relative((i) => learned.weights[i]!), weight, "learned filters"),
      },
      ...(most === 0 ? [] : [{
        id: "change",
        title: "Learned minus initial",
        spec: map(
          change,
          { title: "change (of the initial maximum)", domain: [-most, most], map: DIVERGING },
          "learned minus initial filters",
        ),
      }]),
      { id: "centres", title: "Shift of centres", spec: shiftPlot(shifts(centres), "centre") },
      { id: "widths", title: "Shift of widths", spec: shiftPlot(shifts(widths), "width") },
      { id: "coverage", title: "Coverage of bins", spec: coveragePlot(coverage, "largest weight") },
    ],
    data: Array.from({ length: bands * bins }, (_, i) => {
      const [m, k] = [Math.floor(i / bins), i % bins];
      const once = (value: number | null) => k === 0 ? value : null;
      return {
        run,
        band: m + 1,
        hz: rounded(binsHz[k]!),
        initial: rounded(initial.weights[i]!),
        learned: rounded(learned.weights[i]!),
        initial_centre_hz: once(centres[m]!.initialHz),
        learned_centre_hz: once(centres[m]!.learnedHz),
        initial_width_hz: once(widths[m]!.initialHz),
        learned_width_hz: once(widths[m]!.learnedHz),
      };
    }),
  };
}

function shiftsOf(initial: Filters, learned: Filters, quantity: "centresHz" | "widthsHz") {
  return Array.from(initial[quantity], (before, m) => ({
    band: m + 1,
    initialHz: finite(before),
    learnedHz: finite(learned[quantity][m]!),
  }));
}

/** The largest weight that any filter gives a bin. */
function largest({ weights, bands }: Filters, bin: number): number {
  const bins = weights.length / bands;
  return Math.max(...Array.from({ length: bands }, (_, m) => weights[m * bins + bin]!));
}
