/** What filters with pooling take. */
import type * as tf from "@tensorflow/tfjs";

/**
 * What a filter's output y counts as: `energy` is `|y|^2` of complex filters; else `max(y, slope y)` of real ones, so
 * that a slope of -1 gives the absolute value.
 */
export type Rectifier = "energy" | { readonly slope: number };

export interface PooledFiltersForm {
  readonly rectifier: Rectifier;
  /** Samples from one position of the filters to the next. */
  readonly stride: number;
  /** From here on in positions: from one frame to the next. */
  readonly hop: number;
  /** By which a frame's window begins before `t hop`. */
  readonly left: number;
  /** That count behind `(frames - 1) hop`; what the window meets beyond is zero. */
  readonly reach: number;
  readonly frames: number;
}

/** Weights `[filters, width]`, or the largest of so many positions. */
export type Pooling<Window> = { readonly window: Window } | { readonly largestOf: number };

/** Sizes that follow from the operands. */
export interface PooledFiltersSizes {
  readonly batch: number;
  readonly samples: number;
  /** Of each filter. */
  readonly taps: number;
  /** Samples that a filter sees before its own position. */
  readonly before: number;
  /** Rows of taps in whole panels of eight: real and imaginary parts of four complex filters, or eight real ones. */
  readonly rows: number;
  /** In whole panels. */
  readonly filters: number;
  readonly width: number;
  readonly positions: number;
  /** Samples that all positions of a clip see. */
  readonly total: number;
}

/** Columns of a panel. */
export const PANEL = 8;

/** Positions that count of a clip of so many frames. */
export function positionsOf({ hop, reach }: PooledFiltersForm, frames: number): number {
  return (frames - 1) * hop + reach;
}

/** What the operation's composite and kernels get. */
export interface PooledFiltersOperands {
  /** `[B, samples]`. */
  readonly wave: tf.Tensor2D;
  /** `[rows, taps]` in panels. */
  readonly taps: tf.Tensor2D;
  /** `[filters, width]`; null: the largest. */
  readonly window: tf.Tensor2D | null;
  readonly form: PooledFiltersForm;
  readonly sizes: PooledFiltersSizes;
  /** Positions of each clip that count. */
  readonly counts: Int32Array;
}

/** What has a gradient. */
export function trainedOf(
  { taps, window }: Pick<PooledFiltersOperands, "taps" | "window">,
): Readonly<Record<"taps", tf.Tensor2D>> & Readonly<Partial<Record<"window", tf.Tensor2D>>> {
  return window === null ? { taps } : { taps, window };
}
