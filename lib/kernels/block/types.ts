/** What a transition block takes besides its input. */
import type * as tf from "@tensorflow/tfjs";
import type { Rng } from "../../base/random.ts";
import type { BatchNormState } from "../batch_norm/types.ts";

export interface TransitionBlockTensors {
  /** `[out, in, 1, 1]`; absent where the convolution before the block has taken it in. */
  readonly conv1x1_1?: tf.Tensor4D;
  readonly bn1: BatchNormState;
  /** `[out, 1, 3, 1]`. */
  readonly freq_dw_conv: tf.Tensor4D;
  readonly ssn: BatchNormState;
  /** `[out, 1, 1, 3]`. */
  readonly temp_dw_conv: tf.Tensor4D;
  readonly bn2: BatchNormState;
  /** `[out, out, 1, 1]`. */
  readonly conv1x1_2: tf.Tensor4D;
}

export interface BlockOptions {
  readonly training: boolean;
  /** Frames between the taps of the convolution over time. */
  readonly dilation: number;
  /** Heights of the groups of sub-spectral normalisation, from low to high frequency. */
  readonly groups: readonly number[];
  readonly dropout?: { readonly rate: number; readonly rng: Rng };
  /** `[B]`: frames of each clip that count; whatever the others hold, they are zero in the output. All by default. */
  readonly validFrames?: Int32Array;
}
