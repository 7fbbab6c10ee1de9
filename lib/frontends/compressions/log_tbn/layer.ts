import * as tf from "@tensorflow/tfjs";
import { batchNorm } from "../../../kernels/batch_norm/op.ts";
import { timeMedian } from "../../../kernels/time_median/op.ts";
import { stateTensor, stateVariable } from "../../../nn/state.ts";
import type { ForwardMode, NetworkState } from "../../../nn/types.ts";
import type { Layer } from "../../contract.ts";
import type { Values } from "./kind.ts";

/** Energies `[B, M, T]` to the same, or with the median's channel to `[B, 2, M, T]`. */
export function layer({ module, median }: Values): Layer {
  return {
    apply(state, x, mode) {
      const factors = tf.exp(tf.mul(stateTensor<tf.Tensor1D>(state, `${module}.log1p.a`), Math.LN10));
      const logs = tf.log1p(tf.mul(x, tf.reshape(factors, [1, -1, 1]))) as tf.Tensor3D;
      const seen = median ? tf.stack([logs, tf.sub(logs, timeMedian(logs, mode.frames))], 1) : logs;
      return normalised(state, `${module}.TBN.bn`, seen, mode);
    },
    project: () => {},
  };
}

/** Each band of each channel by itself, over clips and frames. */
function normalised(state: NetworkState, norm: string, x: tf.Tensor, mode: ForwardMode): tf.Tensor {
  const { training, frames } = mode;
  const time = x.shape.at(-1)!;
  const rows = x.shape.slice(1, -1).reduce((product, size) => product * size);
  const image = tf.reshape(x, [x.shape[0]!, rows, time, 1]) as tf.Tensor4D; // a group for each row
  const values = {
    affine: {
      weight: stateTensor<tf.Tensor1D>(state, `${norm}.weight`),
      bias: stateTensor<tf.Tensor1D>(state, `${norm}.bias`),
    },
    runningMean: stateVariable(state, `${norm}.running_mean`),
    runningVar: stateVariable(state, `${norm}.running_var`),
  };
  const groups = Array.from({ length: rows }, () => 1);
  const options = { training, groups, ...(frames && { validFrames: frames }) };
  return tf.reshape(batchNorm(image, values, options), x.shape);
}
