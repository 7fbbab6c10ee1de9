/** {@link pcen} from standard operations. */
import * as tf from "@tensorflow/tfjs";
import { frameMask } from "../operation/valid_frames.ts";
import type { PcenParameters } from "./types.ts";

export function pcenComposite(
  energy: tf.Tensor3D,
  { gain, bias, power, smoothing }: PcenParameters,
  epsilon: number,
  validFrames?: Int32Array,
): tf.Tensor3D {
  const [batch, , frames] = energy.shape;
  const column = (x: tf.Tensor1D) => tf.reshape(x, [-1, 1]);
  const mask = validFrames && tf.reshape(frameMask(validFrames, frames), [batch, 1, frames]);
  const heard = mask === undefined ? energy : tf.mul(energy, mask) as tf.Tensor3D;
  const mean = runningMean(heard, column(smoothing));
  const levelled = tf.mul(heard, tf.exp(tf.neg(tf.mul(column(gain), tf.log(tf.add(mean, epsilon))))));
  const grown = tf.expm1(tf.mul(column(power), tf.log1p(tf.div(levelled, column(bias)))));
  return tf.mul(grown, column(tf.pow(bias, power))) as tf.Tensor3D;
}

/**
 * By doubling: what the last 1, 2, 4, ... frames add, in as many operations as the number of frames has binary digits.
 *
 * @param x `[B, bands, T]`. @param share `[bands, 1]`.
 */
function runningMean(x: tf.Tensor3D, share: tf.Tensor): tf.Tensor3D {
  const [batch, bands, frames] = x.shape;
  const first = frameMask(Int32Array.of(1), frames); // its share is 1
  const shares = tf.add(share, tf.mul(tf.sub(1, share), first));
  let mean = tf.mul(x, shares) as tf.Tensor3D;
  let left = tf.sub(1, share);
  for (let reach = 1; reach < frames; reach *= 2) {
    const earlier = tf.slice(mean, [0, 0, 0], [batch, bands, frames - reach]);
    mean = tf.add(mean, tf.mul(left, tf.pad(earlier, [[0, 0], [0, 0], [reach, 0]])));
    left = tf.square(left);
  }
  return mean;
}
