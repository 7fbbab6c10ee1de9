import * as tf from "@tensorflow/tfjs";

/** At least this; null: as it is. */
export function floored(x: tf.Tensor3D, floor: number | null): tf.Tensor3D {
  return floor === null ? x : tf.maximum(x, floor);
}
