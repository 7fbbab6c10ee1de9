/** Compression of energies to decibels. */
import * as tf from "@tensorflow/tfjs";
import type { DecibelSpec } from "./spec.ts";

/**
 * `10 log10(max(x, amin) / max(refValue, amin))`, and no lower than `topDb` below the loudest value. The factor is 10
 * for magnitudes too, as in the original.
 *
 * @param energy `[B, M, T]`. @returns `[B, M, T]`.
 */
export function decibels(
  energy: tf.Tensor3D,
  { amin, refValue, topDb, loudestOf }: DecibelSpec,
): tf.Tensor3D {
  const logs = tf.mul(tf.log(tf.maximum(energy, amin)), 10 / Math.LN10);
  const db = tf.sub(logs, 10 * Math.log10(Math.max(amin, refValue))) as tf.Tensor3D;
  if (topDb === null) return db;
  const loudest = tf.max(db, loudestOf === "clip" ? [1, 2] : [0, 1, 2], true);
  // Spread out first: the gradient of a maximum knows operands of one shape only.
  return tf.maximum(db, tf.broadcastTo(tf.sub(loudest, topDb), db.shape));
}
