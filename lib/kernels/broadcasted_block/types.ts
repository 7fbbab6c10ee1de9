/** What a broadcasted residual block takes besides its input. */
import type * as tf from "@tensorflow/tfjs";
import type { BatchNormState } from "../batch_norm/types.ts";

export interface BroadcastedBlockTensors {
  /** `[C, 1, 3, 1]`. */
  readonly freq_dw_conv: tf.Tensor4D;
  readonly ssn1: BatchNormState;
  /** `[C, 1, 1, 3]`. */
  readonly temp_dw_conv: tf.Tensor4D;
  readonly bn: BatchNormState;
  /** `[C, C, 1, 1]`. */
  readonly conv1x1: tf.Tensor4D;
}
