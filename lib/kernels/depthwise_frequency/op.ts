/** Depthwise convolution over frequency with three taps: the two-dimensional half of a BC-ResNet block. */
import type * as tf from "@tensorflow/tfjs";
import { checkShape } from "../operation/shapes.ts";
import { depthwiseFrequencyComposite } from "./composite.ts";

/**
 * Zero-padded by one row on each side.
 *
 * @param x `[B, F, T, C]`. @param weight `[C, 1, 3, 1]`. @param strideF 1, or 2 to halve the height.
 * @returns `[B, ceil(F / strideF), T, C]`.
 */
export function depthwiseFrequency(x: tf.Tensor4D, weight: tf.Tensor4D, strideF: 1 | 2): tf.Tensor4D {
  checkShape("depthwiseFrequency", "x", x.shape, [null, null, null, null]);
  checkShape("depthwiseFrequency", "weight", weight.shape, [x.shape[3], 1, 3, 1]);
  return depthwiseFrequencyComposite(x, weight, strideF);
}
