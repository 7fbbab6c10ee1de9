/** STFT kernels: one bin's pair in time and its response over frequency, and how much each bin's pair changed. */
import { PANEL_WIDTH, type Spec } from "./spec.ts";
import { paint, themed } from "./theme.ts";

export interface KernelPair {
  /** `[samples]`. */
  readonly cosine: ArrayLike<number>;
  readonly sine: ArrayLike<number>;
  /** `[tones]`, in decibels. */
  readonly responseDb: ArrayLike<number>;
}

export interface KernelPlot {
  readonly initial: KernelPair;
  readonly learned: KernelPair;
  readonly sampleRate: number;
  /** `[tones]`: where responses are. */
  readonly tonesHz: ArrayLike<number>;
}

const STATE_COLOR = {
  field: "state",
  type: "nominal",
  title: null,
  scale: { domain: ["initial", "learned"], range: [paint("muted"), paint("C")] },
} as const;
/** Responses are drawn down to here. */
const FLOOR_DB = -80;

/** Both kernels, what training changed of them, and the response of the pair. */
export function kernelPlot({ initial, learned, sampleRate, tonesHz }: KernelPlot): Spec {
  const states = [["initial", initial], ["learned", learned]] as const;
  const inTime = (part: "cosine" | "sine"): Spec => ({
    width: PANEL_WIDTH,
    height: 60,
    data: {
      values: states.flatMap(([state, pair]) =>
        Array.from(
          pair[part],
          (weight, n) => ({ state, ms: round(1000 * n / sampleRate), weight: round(weight) }),
        )
      ),
    },
    mark: { type: "line", strokeWidth: 1, aria: false },
    encoding: {
      x: {
        field: "ms",
        type: "quantitative",
        title: null,
        axis: { grid: false, labels: false },
        scale: { nice: false },
      },
      y: { field: "weight", type: "quantitative", title: part, axis: { tickCount: 3 } },
      color: STATE_COLOR,
    },
  });
  const overFrequency: Spec = {
    width: PANEL_WIDTH,
    height: 100,
    data: {
      values: states.flatMap(([state, { responseDb }]) =>
        Array.from(
          responseDb,
          (db, k) => ({ state, khz: round(tonesHz[k]! / 1000), db: round(Math.max(FLOOR_DB, db)) }),
        )
      ),
    },
    mark: { type: "line", strokeWidth: 1.2, aria: false },
    encoding: {
      x: {
        field: "khz",
        type: "quantitative",
        title: "frequency (kHz)",
        axis: { grid: false },
        scale: { nice: false },
      },
      y: { field: "db", type: "quantitative", title: "response (dB)", axis: { tickCount: 4 } },
      color: STATE_COLOR,
    },
  };
  const change: Spec = {
    width: PANEL_WIDTH,
    height: 60,
    data: {
      values: (["cosine", "sine"] as const).flatMap((kernel) =>
        Array.from(learned[kernel], (weight, n) => ({
          kernel,
          ms: round(1000 * n / sampleRate),
          weight: round(weight - initial[kernel][n]!),
        }))
      ),
    },
    mark: { type: "line", strokeWidth: 1, color: paint("C"), aria: false },
    encoding: {
      x: {
        field: "ms",
        type: "quantitative",
        title: "time (ms)",
        axis: { grid: false },
        scale: { nice: false },
      },
      y: { field: "weight", type: "quantitative", title: "change", axis: { tickCount: 3, format: "~g" } },
      strokeDash: {
        field: "kernel",
        type: "nominal",
        legend: null,
        scale: { domain: ["cosine", "sine"], range: [[1, 0], [2, 2]] },
      },
    },
  };
  return themed({ spacing: 8, vconcat: [inTime("cosine"), inTime("sine"), change, overFrequency] });
}

/** @param change Of each bin's pair: norm of the difference divided by the initial norm. @param binsHz Where they are. */
export function kernelChangePlot(
  change: ArrayLike<number>,
  binsHz: ArrayLike<number>,
  shown: readonly number[],
): Spec {
  const highest = binsHz[change.length - 1]! / 1000;
  const values = Array.from(change, (share, k) => ({ khz: binsHz[k]! / 1000, percent: 100 * share }));
  const marked = shown.map((k) => ({
    ...values[k]!,
    note: `${binsHz[k]!.toFixed(0)} Hz: changed by ${values[k]!.percent.toFixed(1)} %`,
  }));
  const x = {
    field: "khz",
    type: "quantitative",
    title: "frequency of the bin (kHz)",
    axis: { grid: false },
    scale: { domain: [0, highest], nice: false },
  };
  const y = { field: "percent", type: "quantitative", title: "change of the kernels (%)" };
  return themed({
    width: PANEL_WIDTH,
    height: 170,
    layer: [
      {
        data: { values },
        mark: {
          type: "area",
          color: paint("C"),
          opacity: 0.35,
          line: { color: paint("C"), strokeWidth: 1.2 },
          aria: false,
        },
        encoding: { x, y },
      },
      {
        data: { values: marked },
        mark: { type: "point", filled: true, size: 50, color: paint("C"), opacity: 1 },
        encoding: { x, y, description: { field: "note" } },
      },
    ],
  });
}

/** Enough for a drawing, and a fifth of the text. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}
