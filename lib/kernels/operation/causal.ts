/** Convolutions that see the past alone, made of those that see as much of the future. */
import * as tf from "@tensorflow/tfjs";

/**
 * A clip behind `lead` frames of zeros has at each frame what it has without at `lead` frames later: of such a convolution,
 * whose kernel reaches `lead` frames to each side, the first frames are those of one whose last tap is a frame itself.
 *
 * @param axis Of time in `x`. @param convolve Keeps the number of frames. @returns As many frames as `x` has.
 */
export function causally<X extends tf.Tensor>(
  x: X,
  axis: number,
  lead: number,
  validFrames: Int32Array | undefined,
  convolve: (delayed: X, validFrames: Int32Array | undefined) => tf.Tensor4D,
): tf.Tensor4D {
  const delayed = tf.pad(x, x.shape.map((_, i) => [i === axis ? lead : 0, 0] as [number, number])) as X;
  const made = convolve(delayed, validFrames?.map((own) => own + lead));
  const [batch, rows, , channels] = made.shape;
  return tf.slice(made, [0, 0, 0, 0], [batch, rows, x.shape[axis]!, channels]);
}
