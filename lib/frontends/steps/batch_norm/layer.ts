import * as tf from "@tensorflow/tfjs";
import { batchNorm } from "../../../kernels/batch_norm/op.ts";
import { stateVariable } from "../../../nn/state.ts";
import type { Layer } from "../../contract.ts";
import type { Values } from "./kind.ts";

/** `[B, M, T]` to the same. */
export function layer({ module }: Values): Layer {
  return {
    apply: (state, x, { training, frames }) => {
      const running = {
        runningMean: stateVariable(state, `${module}.running_mean`),
        runningVar: stateVariable(state, `${module}.running_var`),
      };
      const image = tf.expandDims(x, 3) as tf.Tensor4D; // bands as groups of one row
      const groups = Array.from({ length: x.shape[1]! }, () => 1);
      return tf.reshape(
        batchNorm(image, running, { training, groups, ...(frames && { validFrames: frames }) }),
        x.shape,
      );
    },
    project: () => {},
  };
}
