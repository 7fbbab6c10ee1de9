/** How utterances are put into batches: a pure function of lengths and seed. */
import type { Rng } from "../../base/random.ts";
import { batchesOf } from "../batches.ts";

/**
 * - `shuffle`: each utterance once, in random order.
 * - `lengths`: likewise, but batches hold utterances of similar length, so that less is padded.
 */
export const SAMPLERS = ["shuffle", "lengths"] as const;

/** Batches among which utterances are sorted by length: enough to waste little, few enough that batches differ. */
const POOLED_BATCHES = 8;

/**
 * Rows of the batches of one epoch; the last drawn may be smaller.
 * @param frames `[utterances]`: their lengths. @param most Utterances of an epoch; null: all.
 */
export function epochBatches(
  sampler: string,
  frames: Int32Array,
  batchSize: number,
  most: number | null,
  rng: Rng,
): Uint32Array[] {
  const order = rng.fork("order").shuffle([...frames.keys()]).slice(0, most ?? frames.length);
  if (sampler === "shuffle") return batchesOf(order, batchSize);
  const pools = batchesOf(order, POOLED_BATCHES * batchSize);
  const batches = pools.flatMap((pool) => batchesOf([...byLength(pool, frames)], batchSize));
  return rng.fork("batches").shuffle(batches);
}

/** All rows once, shortest first: least is padded where the order does not matter. */
export function batchesByLength(frames: Int32Array, batchSize: number): Uint32Array[] {
  return batchesOf([...byLength([...frames.keys()], frames)], batchSize);
}

/** How many batches {@link epochBatches} gives. */
export function stepsPerEpoch(count: number, batchSize: number, most: number | null): number {
  return Math.ceil(Math.min(count, most ?? count) / batchSize);
}

function byLength(rows: ArrayLike<number>, frames: Int32Array): Uint32Array {
  return Uint32Array.from(rows).sort((a, b) => frames[a]! - frames[b]! || a - b);
}
