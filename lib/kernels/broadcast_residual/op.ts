/** The sum that closes a block of BC-ResNet (Kim et al. 2021): one-dimensional features join two-dimensional ones. */
import type * as tf from "@tensorflow/tfjs";
import { checkShape } from "../operation/shapes.ts";
import { broadcastResidualComposite } from "./composite.ts";

/**
 * `relu(twoD + oneD + identity)`, with `oneD` repeated over frequency.
 *
 * @param twoD `[B, F, T, C]`. @param oneD `[B, 1, T, C]`. @param identity `[B, F, T, C]`, or undefined for none.
 * @returns `[B, F, T, C]`.
 */
export function broadcastResidual(twoD: tf.Tensor4D, oneD: tf.Tensor4D, identity?: tf.Tensor4D): tf.Tensor4D {
  const [batch, , frames, channels] = twoD.shape;
  checkShape("broadcastResidual", "twoD", twoD.shape, [null, null, null, null]);
  checkShape("broadcastResidual", "oneD", oneD.shape, [batch, 1, frames, channels]);
  if (identity !== undefined) checkShape("broadcastResidual", "identity", identity.shape, twoD.shape);
  return broadcastResidualComposite(twoD, oneD, identity);
}
