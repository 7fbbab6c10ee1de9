/** Matrix products that are fast and safe on every backend. */
import * as tf from "@tensorflow/tfjs";

// The wasm backend packs a product's right operand once per block of memory and finds it again by that block alone,
// whatever its shape: memory that was multiplied as [6, 4] and comes back as [4, 6] is read out of bounds.
const packedColumns = new WeakMap<object, number>();

/**
 * `a b`. Neither operand is transposed on the way: with its transposing flags the wasm backend falls back to a plain
 * loop, some ten times slower, so callers transpose explicitly.
 *
 * @param a `[rows, inner]`. @param b `[inner, columns]`. @returns `[rows, columns]`.
 */
export function matmul(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  const columns = packedColumns.get(b.dataId);
  if (columns === undefined) packedColumns.set(b.dataId, b.shape[1]);
  return tf.matMul(a, columns === undefined || columns === b.shape[1] ? b : tf.add(b, 0));
}

/** `x` as a matrix of `rows` by `columns`, sharing its memory. */
export function asMatrix(x: tf.Tensor, rows: number, columns: number): tf.Tensor2D {
  return tf.reshape(x, [rows, columns]);
}
