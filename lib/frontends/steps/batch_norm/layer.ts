import * as tf from "@tensorflow/tfjs";
import { batchNorm } from "../../../kernels/batch_norm/op.ts";
import { stateVariable } from "../../../nn/state.ts";
import type { Layer } from "../../contract.ts";
import type { Values } from "./kind.ts";

/** `[B, M, T]` or `[B, C, M, T]` to the same. */
export function layer({ module }: Values): Layer {
  return {
    apply: (state, x, { training, frames }) => {
      const running = {
        runningMean: stateVariable(state, `${module}.running_mean`),
        runningVar: stateVariable(state, `${module}.running_var`),
      };
      const [batch, time] = [x.shape[0]!, x.shape.at(-1)!];
      const rows = x.shape.slice(1, -1).reduce((product, size) => product * size);
      const image = tf.reshape(x, [batch, rows, time, 1]) as tf.Tensor4D; // bands as groups of one row
      const groups = Array.from({ length: rows }, () => 1);
      return tf.reshape(
        batchNorm(image, running, { training, groups, ...(frames && { validFrames: frames }) }),
        x.shape,
      );
    },
    project: () => {},
  };
}
