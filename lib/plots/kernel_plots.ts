/** STFT kernels: one bin's pair in time and its response over frequency, and how much each bin's pair changed. */
import { type Extent, PANEL_WIDTH, type Spec } from "./spec.ts";
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

/** Scales of all drawings that are to be held against each other. */
export interface KernelScales {
  /** Of kernels, and of what training added to them. */
  readonly weight: Extent;
  readonly change: Extent;
  /** Of responses the highest, in decibels; they are drawn down to {@link FLOOR_DB}. */
  readonly loudest: number;
}

/** Learned above initial, which stays to be seen: it is drawn first, and wider. */
const STATE_COLOR = {
  field: "state",
  type: "nominal",
  title: null,
  scale: { domain: ["initial", "learned"], range: [paint("muted"), paint("C")] },
} as const;
/** Responses are drawn down to here. */
const FLOOR_DB = -80;

/** The cosine kernel before and after, what training added to both kernels, and the response of the pair. */
export function kernelPlot(
  { initial, learned, sampleRate, tonesHz }: KernelPlot,
  { weight, change, loudest }: KernelScales,
): Spec {
  const states = [["initial", initial], ["learned", learned]] as const;
  const ms = (n: number) => round(1000 * n / sampleRate);
  const overTime = (title: string | null) => ({
    field: "ms",
    type: "quantitative",
    title,
    axis: { grid: false, labels: title !== null },
    scale: { nice: false },
  });
  const kernel = (state: typeof states[number][0], { cosine }: KernelPair): Spec => ({
    width: PANEL_WIDTH,
    height: 54,
    data: { values: Array.from(cosine, (value, n) => ({ state, ms: ms(n), weight: round(value) })) },
    mark: { type: "line", strokeWidth: 1, aria: false },
    encoding: {
      x: overTime(null),
      y: {
        field: "weight",
        type: "quantitative",
        title: state,
        axis: { tickCount: 3 },
        scale: { domain: weight, zero: false },
      },
      color: { ...STATE_COLOR, legend: null },
    },
  });
  const added: Spec = {
    width: PANEL_WIDTH,
    height: 60,
    data: {
      values: (["cosine", "sine"] as const).flatMap((kernel) =>
        Array.from(learned[kernel], (value, n) => ({
          kernel,
          ms: ms(n),
          weight: round(value - initial[kernel][n]!),
        }))
      ),
    },
    mark: { type: "line", strokeWidth: 1, color: paint("C"), aria: false },
    encoding: {
      x: overTime("time (ms)"),
      y: {
        field: "weight",
        type: "quantitative",
        title: "difference",
        axis: { tickCount: 3, format: "~g" },
        scale: { domain: change, zero: false },
      },
      strokeDash: {
        field: "kernel",
        type: "nominal",
        legend: null,
        scale: { domain: ["cosine", "sine"], range: [[1, 0], [2, 2]] },
      },
    },
  };
  const x = {
    field: "khz",
    type: "quantitative",
    title: "frequency (kHz)",
    axis: { grid: false },
    scale: { nice: false },
  };
  const y = {
    field: "db",
    type: "quantitative",
    title: "response (dB)",
    axis: { tickCount: 4 },
    scale: { domain: [FLOOR_DB, loudest], nice: true },
  };
  const overFrequency: Spec = {
    width: PANEL_WIDTH,
    height: 100,
    layer: states.map(([state, { responseDb }], i) => ({
      data: {
        values: Array.from(
          responseDb,
          (db, k) => ({ state, khz: round(tonesHz[k]! / 1000), db: round(Math.max(FLOOR_DB, db)) }),
        ),
      },
      mark: { type: "line", strokeWidth: i === 0 ? 3.5 : 1.2, opacity: i === 0 ? 0.5 : 1, aria: false },
      encoding: { x, y, color: STATE_COLOR },
    })),
  };
  return themed({
    spacing: 8,
    resolve: { scale: { color: "independent" } },
    vconcat: [...states.map(([state, pair]) => kernel(state, pair)), added, overFrequency],
  });
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
