/** Operands of per-channel energy normalisation. */
import type * as tf from "@tensorflow/tfjs";

/** `[bands]` each. */
export interface PcenParameters {
  /** How much of a band's usual level is taken off: 0 nothing, 1 all of it. */
  readonly gain: tf.Tensor1D;
  /** Added before the power and taken off behind it: what lies far below is pressed together. Above 0. */
  readonly bias: tf.Tensor1D;
  /** Above 0. */
  readonly power: tf.Tensor1D;
  /** Share of a frame in the running mean, from 0 to 1. */
  readonly smoothing: tf.Tensor1D;
}

export const PARAMETERS = ["gain", "bias", "power", "smoothing"] as const satisfies (keyof PcenParameters)[];
