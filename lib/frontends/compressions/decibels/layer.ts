import * as tf from "@tensorflow/tfjs";
import { frameMask } from "../../../kernels/operation/valid_frames.ts";
import type { Layer } from "../../contract.ts";
import type { Values } from "./kind.ts";

/**
 * `10 log10(max(x, amin) / max(ref_value, amin))`, and no lower than `top_db` below the loudest value. The factor is 10
 * for magnitudes too, as in the original. With `mode.frames` the loudest value is that of frames that count.
 */
export function layer(values: Values): Layer {
  return {
    apply: (_state, x, { frames }) => decibels(x as tf.Tensor3D, values, frames),
    project: () => {},
  };
}

function decibels(
  energy: tf.Tensor3D,
  { amin, refValue, topDb, compat }: Values,
  frames: Int32Array | undefined,
): tf.Tensor3D {
  const logs = tf.mul(tf.log(tf.maximum(energy, amin)), 10 / Math.LN10);
  const db = tf.sub(logs, 10 * Math.log10(Math.max(amin, refValue))) as tf.Tensor3D;
  if (topDb === null) return db;
  const heard = frames === undefined ? db : silencePadding(db, frames);
  const loudest = tf.max(heard, compat.topDb === "clip" ? [1, 2] : [0, 1, 2], true);
  // Spread out first: the gradient of a maximum knows operands of one shape only. By adding, since the gradient of
  // broadcastTo cuts out and adds up each copy by itself.
  return tf.maximum(db, tf.add(tf.zerosLike(db), tf.sub(loudest, topDb))) as tf.Tensor3D;
}

function silencePadding(db: tf.Tensor3D, frames: Int32Array): tf.Tensor3D {
  const [batch, bands, length] = db.shape;
  const counts = tf.cast(tf.reshape(frameMask(frames, length), [batch, 1, length]), "bool");
  return tf.where(tf.broadcastTo(counts, [batch, bands, length]), db, tf.fill(db.shape, -Infinity));
}
