/** How a training divides its threads. Pure. */
import type { Changed } from "../augment/contract.ts";

export interface ThreadShares {
  /** That only learn, at least 1. */
  readonly compute: number;
  /** That make changed batches ahead of training, and help it between them; 0: batches are made when they are asked for. */
  readonly workers: number;
}

/** More workers would only fill memory with batches that wait. */
const MOST_WORKERS = 4;

/**
 * Threads that share a kernel wait for the slowest: one more than there are cores would stop all whenever it is given a
 * turn. So workers are not added to threads that learn, but take part in learning when they have nothing else to do.
 *
 * @param threads In all, at least 1. @param changes What is changed about examples.
 */
export function shareThreads(threads: number, changes: readonly Changed[]): ThreadShares {
  const workers = changes.includes("waves") ? Math.min(MOST_WORKERS, Math.floor(threads / 2)) : 0;
  return { compute: threads - workers, workers };
}
