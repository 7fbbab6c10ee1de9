/** Adds one number a channel, quickly. */
import * as tf from "@tensorflow/tfjs";
import { differentiable } from "../operation/differentiable.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { columnMeans, rowMeans } from "./reduce.ts";

/** @param x `[B, F, T, C]`. @param bias `[C]`. @returns `[B, F, T, C]`. */
export const addChannelBias = withKernels(channelBiasComposite);

export function channelBiasComposite(x: tf.Tensor4D, bias: tf.Tensor1D): tf.Tensor4D {
  const [batch, frequencies, frames, channels] = x.shape;
  return differentiable(
    { x, bias },
    () => {
      // Repeated over a row first: broadcasting over long rows is fast, over a handful of channels slow.
      const row = tf.add(tf.zeros([frames, 1]), tf.reshape(bias, [1, channels]));
      const rows = tf.reshape(x, [batch * frequencies, frames * channels]);
      return tf.reshape(tf.add(rows, tf.reshape(row, [1, frames * channels])), x.shape);
    },
    (dy) => ({
      x: () => tf.clone(dy),
      bias: () => tf.mul(columnMeans(rowMeans(dy)), batch * frequencies * frames),
    }),
  );
}
