/** Compression of energies to decibels. */
import * as tf from "@tensorflow/tfjs";
import { frameMask } from "../kernels/operation/valid_frames.ts";
import type { DecibelSpec } from "./spec.ts";

/**
 * `10 log10(max(x, amin) / max(refValue, amin))`, and no lower than `topDb` below the loudest value. The factor is 10
 * for magnitudes too, as in the original.
 *
 * @param energy `[B, M, T]`. @param frames `[B]`: how many frames of each clip are searched for the loudest value; all
 *   if absent. @returns `[B, M, T]`.
 */
export function decibels(
  energy: tf.Tensor3D,
  { amin, refValue, topDb, loudestOf }: DecibelSpec,
  frames?: Int32Array,
): tf.Tensor3D {
  const logs = tf.mul(tf.log(tf.maximum(energy, amin)), 10 / Math.LN10);
  const db = tf.sub(logs, 10 * Math.log10(Math.max(amin, refValue))) as tf.Tensor3D;
  if (topDb === null) return db;
  const heard = frames === undefined ? db : silencePadding(db, frames);
  const loudest = tf.max(heard, loudestOf === "clip" ? [1, 2] : [0, 1, 2], true);
  // Spread out first: the gradient of a maximum knows operands of one shape only. By adding, since the gradient of
  // broadcastTo cuts out and adds up each copy by itself.
  return tf.maximum(db, tf.add(tf.zerosLike(db), tf.sub(loudest, topDb))) as tf.Tensor3D;
}

function silencePadding(db: tf.Tensor3D, frames: Int32Array): tf.Tensor3D {
  const [batch, bands, length] = db.shape;
  const counts = tf.cast(tf.reshape(frameMask(frames, length), [batch, 1, length]), "bool");
  return tf.where(tf.broadcastTo(counts, [batch, bands, length]), db, tf.fill(db.shape, -Infinity));
}
