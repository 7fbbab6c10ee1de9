/** How a training divides its threads. Pure. */
import type { Changed } from "../augment/contract.ts";

export interface ThreadShares {
  /** That compute, at least 1. */
  readonly compute: number;
  /** That make changed batches ahead of training; 0: they are made when they are asked for. */
  readonly workers: number;
}

/** More workers would only fill memory with batches that wait. */
const MOST_WORKERS = 4;

/**
 * Threads that share a kernel wait for the slowest: one more than there are cores stops all whenever it takes a turn. So
 * workers get threads of their own. Where waves are changed, that takes about as long as to learn from them.
 *
 * @param threads In all, at least 1. @param changes What is changed about examples.
 */
export function shareThreads(threads: number, changes: readonly Changed[]): ThreadShares {
  const workers = changes.includes("waves") ? Math.min(MOST_WORKERS, Math.floor(threads / 2)) : 0;
  return { compute: threads - workers, workers };
}
