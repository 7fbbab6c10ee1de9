/** Batches without a file behind them. */
import type { Batch } from "../../lib/tasks/contract.ts";

/**
 * Clips of one length with a class each.
 * @param features `[clips, ...shape]`. @param entry Where they enter the network.
 */
export function clipBatch(
  features: Float32Array,
  shape: readonly number[],
  labels: ArrayLike<number>,
  entry: number,
): Batch {
  const ones = new Int32Array(labels.length).fill(1);
  return {
    clips: labels.length,
    rows: [...ones.keys()],
    features,
    shape,
    entry,
    frames: ones,
    isRagged: false,
    labels: Int32Array.from(labels),
    labelLengths: ones,
  };
}
