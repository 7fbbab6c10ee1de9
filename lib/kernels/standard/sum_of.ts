/** Sums of any number of tensors. */
import * as tf from "@tensorflow/tfjs";

/**
 * What a program of WebGPU may read by WebGPU's guaranteed limits, beside what it writes. `tf.addN` asks for one program,
 * whatever the number; where that is too large, adapters give zeros without an error.
 */
const MOST_OF_PROGRAM = 7;

/** From the first to the last, as `tf.addN`; all of one shape. @throws {RangeError} If there are none. */
export function sumOf<T extends tf.Tensor>(tensors: readonly T[]): T {
  if (tensors.length === 0) throw new RangeError("sumOf: wanted one tensor or more, found none");
  let sum = tf.addN(tensors.slice(0, MOST_OF_PROGRAM));
  for (let at = MOST_OF_PROGRAM; at < tensors.length; at += MOST_OF_PROGRAM - 1) {
    sum = tf.addN([sum, ...tensors.slice(at, at + MOST_OF_PROGRAM - 1)]);
  }
  return sum;
}
