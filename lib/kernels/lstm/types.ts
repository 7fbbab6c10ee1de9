/** The tensors of an LSTM layer. */
import type * as tf from "@tensorflow/tfjs";

/**
 * One direction, as torch.nn.LSTM keeps it. Rows are the four gates one after the other: input, forget, cell, output.
 */
export interface LstmWeights {
  /** `[4 H, in]`. */
  readonly inputWeight: tf.Tensor2D;
  /** `[4 H, H]`. */
  readonly recurrentWeight: tf.Tensor2D;
  /** `[4 H]`. */
  readonly inputBias: tf.Tensor1D;
  /** `[4 H]`; only the sum of both counts, PyTorch keeps two. */
  readonly recurrentBias: tf.Tensor1D;
}
