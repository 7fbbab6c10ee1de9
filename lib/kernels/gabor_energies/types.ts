/** Operands of pooled Gabor energies. */
import type * as tf from "@tensorflow/tfjs";
import type { GaborFrames } from "../../audio/gabor.ts";

/** `[M]` each; beyond the limits of `gaborLimits` they count as these and have no gradient. */
export interface GaborParameters {
  /** In radians a sample. */
  readonly centres: tf.Tensor1D;
  /** Standard deviations in samples. */
  readonly widths: tf.Tensor1D;
  /** Standard deviations of the pooling windows in units of half the window. */
  readonly pooling: tf.Tensor1D;
}

export interface GaborForm extends GaborFrames {
  /**
   * Bins of a filter's spectrum below this share of its peak may be left out, and energies computed at the rate that
   * holds what is left; 0: nothing is left out.
   */
  readonly cut: number;
}
