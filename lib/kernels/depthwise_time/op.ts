/** Depthwise convolution over time with three taps, dilated: the one-dimensional half of a BC-ResNet block. */
import type * as tf from "@tensorflow/tfjs";
import { checkShape } from "../operation/shapes.ts";
import { depthwiseTimeComposite } from "./composite.ts";

/**
 * Zero-padded by `dilation` frames on each side, or, if it is causal, by twice as many before alone.
 *
 * @param x `[B, 1, T, C]`. @param weight `[C, 1, 1, 3]`. @param dilation Frames between taps, from 1.
 * @returns `[B, 1, T, C]`.
 */
export function depthwiseTime(
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
  dilation: number,
  causal = false,
): tf.Tensor4D {
  checkShape("depthwiseTime", "x", x.shape, [null, 1, null, null]);
  checkShape("depthwiseTime", "weight", weight.shape, [x.shape[3], 1, 1, 3]);
  if (!Number.isInteger(dilation) || dilation < 1) {
    throw new RangeError(`depthwiseTime: dilation is ${dilation}, wanted a whole number from 1`);
  }
  return depthwiseTimeComposite(x, weight, dilation, causal);
}
