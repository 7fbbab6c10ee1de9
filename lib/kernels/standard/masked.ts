/** Bins of a spectrum set to zero. */
import * as tf from "@tensorflow/tfjs";

/** `x[..., bins]` with zeros from the mask's first bin to before its end. */
export function masked<T extends tf.Tensor>(x: T, mask: readonly [number, number] | null): T {
  if (mask === null) return x;
  const [start, end] = mask;
  const open = (_: unknown, k: number) => (k >= start && k < end ? 0 : 1);
  return tf.mul(x, tf.tensor1d(Float32Array.from({ length: x.shape.at(-1)! }, open)));
}
