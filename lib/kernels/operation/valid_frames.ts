/** Clips of different lengths in one batch: the shorter ones are padded at their end, and padding must not count. */
import * as tf from "@tensorflow/tfjs";

/**
 * Checks how many frames of each clip count.
 *
 * @param validFrames `[batch]`, each from 1 to `frames`; undefined: all count.
 * @returns The same, or undefined if nothing is padded.
 * @throws {RangeError} If their number or one of them does not fit.
 */
export function paddedFrames(
  operation: string,
  validFrames: Int32Array | undefined,
  batch: number,
  frames: number,
): Int32Array | undefined {
  if (validFrames === undefined) return undefined;
  if (validFrames.length !== batch) {
    throw new RangeError(`${operation}: ${validFrames.length} numbers of frames for ${batch} clips`);
  }
  const wrong = validFrames.find((count) => count < 1 || count > frames);
  if (wrong !== undefined) {
    throw new RangeError(`${operation}: a clip has ${wrong} valid frames, wanted 1 to ${frames}`);
  }
  return validFrames.every((count) => count === frames) ? undefined : validFrames;
}

/** Frames that count, in the whole batch. */
export function countFrames(validFrames: Int32Array | undefined, batch: number, frames: number): number {
  return validFrames === undefined ? batch * frames : validFrames.reduce((sum, count) => sum + count, 0);
}

/** `[B, frames]`: 1 where a frame counts, else 0. */
export function frameMask(validFrames: Int32Array, frames: number): tf.Tensor2D {
  const mask = new Float32Array(validFrames.length * frames);
  validFrames.forEach((count, clip) => mask.fill(1, clip * frames, clip * frames + count));
  return tf.tensor2d(mask, [validFrames.length, frames]);
}

/** @param x `[B, F, T, C]`. @returns The same with zeros where frames do not count. */
export function zeroPadding(x: tf.Tensor4D, validFrames: Int32Array | undefined): tf.Tensor4D {
  if (validFrames === undefined) return x;
  const [batch, , frames] = x.shape;
  return tf.mul(x, tf.reshape(frameMask(validFrames, frames), [batch, 1, frames, 1]));
}

/** @param x `[B, T, C]`. @returns `[B, C]` for each frame. */
export function frameByFrame(x: tf.Tensor3D): tf.Tensor2D[] {
  // Unstacking into one tensor has no gradient in the library.
  return x.shape[1] === 1 ? [tf.squeeze(x, [1])] : tf.unstack(x, 1) as tf.Tensor2D[];
}
