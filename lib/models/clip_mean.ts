/** One mean for each clip. */
import * as tf from "@tensorflow/tfjs";
import { frequencyMean } from "../kernels/frequency_mean/op.ts";
import { asMatrix } from "../kernels/standard/matmul.ts";

/**
 * @param x `[B, F, T, C]`, zero in frames that do not count.
 * @param frames `[B]`: how many count of each clip; undefined: all.
 * @returns `[B, C]`: means over all rows and the frames that count.
 */
export function clipMean(x: tf.Tensor4D, frames?: Int32Array): tf.Tensor2D {
  const [batch, , longest, channels] = x.shape;
  const perFrame = frequencyMean(x);
  const overTime = frequencyMean(tf.reshape(perFrame, [batch, longest, 1, channels])); // axes swapped: T is 1 row each
  const means = asMatrix(overTime, batch, channels);
  if (frames === undefined || frames.every((own) => own === longest)) return means;
  return tf.mul(means, tf.tensor2d(Float32Array.from(frames, (own) => longest / own), [batch, 1]));
}
