/** {@link channelDropout} from standard operations. */
import * as tf from "@tensorflow/tfjs";

/** @param x `[B, F, T, C]`. @param mask `[B, C]` row by row. */
export function channelDropoutComposite(x: tf.Tensor4D, mask: Float32Array): tf.Tensor4D {
  return tf.mul(x, tf.tensor4d(mask, [x.shape[0], 1, 1, x.shape[3]]));
}
