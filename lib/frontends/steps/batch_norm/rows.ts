/** Batch norm of each band of each channel by itself, over clips and frames. */
import * as tf from "@tensorflow/tfjs";
import { batchNorm } from "../../../kernels/batch_norm/op.ts";
import type { BatchNormState } from "../../../kernels/batch_norm/types.ts";
import { stateVariable } from "../../../nn/state.ts";
import type { ForwardMode, NetworkState } from "../../../nn/types.ts";

/**
 * @param x `[B, M, T]` or `[B, C, M, T]`. @param norm Of the state, with `running_mean` and `running_var` `[C M]`.
 * @param affine Scale and offset `[C M]`, if it has them.
 */
export function normalisedRows(
  state: NetworkState,
  norm: string,
  x: tf.Tensor,
  { training, frames }: ForwardMode,
  affine?: BatchNormState["affine"],
): tf.Tensor {
  const values = {
    ...(affine && { affine }),
    runningMean: stateVariable(state, `${norm}.running_mean`),
    runningVar: stateVariable(state, `${norm}.running_var`),
  };
  const [batch, time] = [x.shape[0]!, x.shape.at(-1)!];
  const rows = x.shape.slice(1, -1).reduce((product, size) => product * size);
  const image = tf.reshape(x, [batch, rows, time, 1]) as tf.Tensor4D; // a group for each row
  const groups = Array.from({ length: rows }, () => 1);
  const options = { training, groups, ...(frames && { validFrames: frames }) };
  return tf.reshape(batchNorm(image, values, options), x.shape);
}
