import type * as tf from "@tensorflow/tfjs";
import { recordsGradients } from "../operation/differentiable.ts";
import { type BatchNormState, hasAffine } from "./types.ts";

/** Whether the kernels do it: they take four channels at a time, and have no gradient for fixed statistics. */
export function normFits(x: tf.Tensor4D, state: BatchNormState, training: boolean): boolean {
  return x.shape[3] >= 4 && hasAffine(state) && (training || !recordsGradients());
}
