/** Matrix products that are fast and safe on every backend. */
import * as tf from "@tensorflow/tfjs";

// The wasm backend packs a product's right operand once and keeps the packed copy as long as the operand's memory
// lives. It finds the copy by that memory alone: in another shape the product would read out of bounds, and values
// that an optimizer has changed in place would be missed.
const packed = new WeakSet<object>();

/**
 * `a b`. Neither operand is transposed on the way: with its transposing flags the wasm backend falls back to a plain
 * loop, some ten times slower, so callers transpose explicitly. Memory that was a right operand before is copied.
 *
 * @param a `[rows, inner]`. @param b `[inner, columns]`. @returns `[rows, columns]`.
 */
export function matmul(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  if (packed.has(b.dataId)) return tf.matMul(a, tf.add(b, 0));
  packed.add(b.dataId);
  return tf.matMul(a, b);
}

/** `x` as a matrix of `rows` by `columns`, sharing its memory. */
export function asMatrix(x: tf.Tensor, rows: number, columns: number): tf.Tensor2D {
  return tf.reshape(x, [rows, columns]);
}
