/** What models see, of one channel or several. */
import * as tf from "@tensorflow/tfjs";

/** `[B, M, T]` of each channel. @param x `[B, M, T]` or `[B, C, M, T]`. */
export function eachChannel(x: tf.Tensor): readonly tf.Tensor3D[] {
  if (x.rank < 4) return [x as tf.Tensor3D];
  const [batch, channels, bands, frames] = x.shape as tf.Tensor4D["shape"];
  return tf.split(x, channels, 1).map((one) => tf.reshape(one, [batch, bands, frames]));
}

/** The bands of one channel behind those of the other: `[B, C M, T]`. @param x `[B, M, T]` or `[B, C, M, T]`. */
export function allBands(x: tf.Tensor): tf.Tensor3D {
  if (x.rank < 4) return x as tf.Tensor3D;
  const [batch, channels, bands, frames] = x.shape as tf.Tensor4D["shape"];
  return tf.reshape(x, [batch, channels * bands, frames]);
}
