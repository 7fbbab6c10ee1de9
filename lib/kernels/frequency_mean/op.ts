/** Mean over frequency: the way from two dimensions to one in broadcasted residual learning. */
import type * as tf from "@tensorflow/tfjs";
import { checkShape } from "../operation/shapes.ts";
import { frequencyMeanComposite } from "./composite.ts";

/** @param x `[B, F, T, C]`. @returns `[B, 1, T, C]`. */
export function frequencyMean(x: tf.Tensor4D): tf.Tensor4D {
  checkShape("frequencyMean", "x", x.shape, [null, null, null, null]);
  return frequencyMeanComposite(x);
}
