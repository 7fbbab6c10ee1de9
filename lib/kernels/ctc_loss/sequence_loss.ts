/** The loss of one clip alone, in float64 without a tensor: what is told of each example beside the mean of a batch. */
import { BLANK } from "./types.ts";

/**
 * Minus the log probability that a clip's frames spell out its labels, divided by the number of labels (at least 1): a
 * clip's part in `ctcLoss`.
 *
 * @param logits `[frames, classes]` of this clip, row by row.
 * @param labels From 1 to classes - 1.
 * @returns In nats; Infinity where there are too few frames.
 */
export function sequenceLoss(logits: Float32Array, classes: number, labels: ArrayLike<number>): number {
  const frames = logits.length / classes;
  const symbols = [BLANK, ...Array.from(labels).flatMap((label) => [label, BLANK])];
  let alpha = new Float64Array(symbols.length).fill(-Infinity);
  for (let t = 0; t < frames; t++) {
    const own = logits.subarray(t * classes, (t + 1) * classes);
    const norm = logSum(own);
    const next = new Float64Array(symbols.length);
    for (const [s, symbol] of symbols.entries()) {
      // A blank may be left out between two labels that differ.
      const skips = s >= 2 && symbol !== BLANK && symbol !== symbols[s - 2];
      const ways = [alpha[s]!, s >= 1 ? alpha[s - 1]! : -Infinity, skips ? alpha[s - 2]! : -Infinity];
      const before = t === 0 ? (s < 2 ? 0 : -Infinity) : logSum(ways);
      next[s] = before + own[symbol]! - norm;
    }
    alpha = next;
  }
  return -logSum(alpha.subarray(-2)) / Math.max(1, labels.length);
}

function logSum(values: ArrayLike<number>): number {
  let largest = -Infinity;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, values[i]!);
  if (largest === -Infinity) return -Infinity;
  let total = 0;
  for (let i = 0; i < values.length; i++) total += Math.exp(values[i]! - largest);
  return largest + Math.log(total);
}
