/** What batch normalisation takes besides its input. */
import type * as tf from "@tensorflow/tfjs";

/** Share of a new batch's statistics in the running ones, as in PyTorch. */
export const MOMENTUM = 0.1;

/** Added to the variance, as in PyTorch. */
export const EPSILON = 1e-5;

/**
 * Parameters and buffers, one number for each channel and group: index `channel * groups + group`, the order that
 * sub-spectral normalisation (Chang et al. 2021) has in PyTorch.
 */
export interface BatchNormState {
  /** Scale and offset after normalising; both or none. */
  readonly affine?: { readonly weight: tf.Tensor1D; readonly bias: tf.Tensor1D };
  readonly runningMean: tf.Variable;
  readonly runningVar: tf.Variable;
}

/** With scale and offset. */
export type AffineNorm = BatchNormState & Required<Pick<BatchNormState, "affine">>;

export function hasAffine(norm: BatchNormState): norm is AffineNorm {
  return norm.affine !== undefined;
}

export interface BatchNormOptions {
  /** True: the batch's own statistics normalise (variance divided by n), and the running ones move towards them. */
  readonly training: boolean;
  /** Heights of the groups, from low to high frequency; their sum is F. One group by default. */
  readonly groups?: readonly number[];
  /** `[B]`: frames of each clip that count; the others are zero in the output. All count by default. */
  readonly validFrames?: Int32Array;
  /** Added to the variance; {@link EPSILON} by default. */
  readonly epsilon?: number;
}
