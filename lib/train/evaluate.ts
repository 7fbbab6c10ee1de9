/** Runs a network over a whole source in evaluation mode and counts outcomes. */
import * as tf from "@tensorflow/tfjs";
import type { Network, NetworkState } from "../nn/types.ts";
import { type ClassificationCounts, countBatch, startCounts } from "../metrics/classification.ts";
import type { Batch, BatchSource } from "./source.ts";

/**
 * @param onBatch Told how many clips are done.
 * @returns Counts over all clips, each once, in order; no figure depends on the batch size beyond rounding.
 */
export async function evaluateNetwork(
  network: Network,
  state: NetworkState,
  source: BatchSource,
  batchSize: number,
  onBatch?: (clips: number) => void,
): Promise<ClassificationCounts> {
  const counts = startCounts(network.classes);
  for (const rows of batchesOf(source.count, batchSize)) {
    const batch = await source.read(rows);
    const logits = tf.tidy(() =>
      network.forward(state, featureTensor(batch, source.shape), { training: false })
    );
    const values = await logits.data();
    logits.dispose();
    countBatch(counts, values, batch.labels);
    onBatch?.(counts.clips);
  }
  return counts;
}

/** `[clips, ...shape]`. */
export function featureTensor(batch: Batch, shape: readonly number[]): tf.Tensor {
  return tf.tensor(batch.features, [batch.labels.length, ...shape], "float32");
}

function* batchesOf(count: number, size: number): Generator<Uint32Array> {
  for (let start = 0; start < count; start += size) {
    yield Uint32Array.from({ length: Math.min(size, count - start) }, (_, i) => start + i);
  }
}
