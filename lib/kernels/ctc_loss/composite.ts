/**
 * {@link ctcLoss} from standard operations: forward probabilities in the log domain, over the labels with blanks
 * before, between and behind them.
 */
import * as tf from "@tensorflow/tfjs";
import { frameByFrame, frameMask } from "../operation/valid_frames.ts";
import { feasibleClips } from "./feasible.ts";
import { BLANK, type CtcTargets } from "./types.ts";

/** The logarithm of zero: finite, so that differences of two of them are. */
const NEVER = -1e30;

export function ctcLossComposite(logits: tf.Tensor3D, targets: CtcTargets): tf.Scalar {
  const [batch, length, classes] = logits.shape;
  const { labels, labelLengths, frames } = targets;
  const most = labels.length / batch;
  const states = 2 * most + 1;
  const symbols = Array.from({ length: batch }, (_, clip) => withBlanks(labels, clip, most));
  const chosen = tf.oneHot(tf.tensor2d(symbols, [batch, states], "int32"), classes);
  const counts = frameMask(frames, length);
  const kept = tf.mul(logits, tf.expandDims(counts, 2)); // what lies beyond must not turn into NaN
  const emitted = tf.matMul(
    tf.logSoftmax(kept) as tf.Tensor3D,
    tf.cast(chosen, "float32"),
    false,
    true,
  ) as tf.Tensor3D;
  const emissions = frameByFrame(emitted);
  const valid = tf.split(counts, length, 1);
  const skips = tf.tensor2d(
    symbols.map((row) => row.map((symbol, s) => mayskip(row, symbol, s) ? 0 : NEVER)),
  );
  const start = tf.tensor1d(Float32Array.from({ length: states }, (_, s) => (s < 2 ? 0 : NEVER)));
  let alpha = tf.add(start, emissions[0]!) as tf.Tensor2D;
  for (let t = 1; t < length; t++) {
    const ways = [alpha, shifted(alpha, 1), tf.add(shifted(alpha, 2), skips)];
    const next = tf.add(logSumExp(tf.stack(ways)), emissions[t]!);
    alpha = tf.add(tf.mul(next, valid[t]!), tf.mul(alpha, tf.sub(1, valid[t]!))); // stays as the clip has ended
  }
  const ends = tf.tensor2d(
    Array.from(
      labelLengths,
      (count) =>
        Array.from({ length: states }, (_, s) => (s === 2 * count || s === 2 * count - 1 ? 0 : NEVER)),
    ),
  );
  const total = logSumExp(tf.transpose(tf.add(alpha, ends)));
  const feasible = feasibleClips(labels, labelLengths, frames);
  const weights = Float32Array.from(
    labelLengths,
    (count, clip) => feasible[clip]! / Math.max(1, count) / batch,
  );
  const loss = tf.neg(tf.sum(tf.mul(tf.mul(total, tf.tensor1d(feasible)), tf.tensor1d(weights))));
  return (feasible.includes(0) ? tf.add(loss, Infinity) : loss) as tf.Scalar;
}

function withBlanks(labels: Int32Array, clip: number, most: number): number[] {
  const own = Array.from(labels.subarray(clip * most, (clip + 1) * most));
  return [BLANK, ...own.flatMap((label) => [label, BLANK])];
}

/** Whether the blank before a symbol may be left out: between two labels that differ. */
function mayskip(row: readonly number[], symbol: number, s: number): boolean {
  return s >= 2 && symbol !== BLANK && symbol !== row[s - 2];
}

/** @param alpha `[B, S]`, moved by some states. */
function shifted(alpha: tf.Tensor2D, by: number): tf.Tensor2D {
  const [, states] = alpha.shape;
  if (by >= states) return tf.fill(alpha.shape, NEVER);
  return tf.pad(tf.slice(alpha, [0, 0], [-1, states - by]), [[0, 0], [by, 0]], NEVER);
}

/** Over the first axis. */
function logSumExp(x: tf.Tensor): tf.Tensor {
  return tf.logSumExp(x, 0);
}
