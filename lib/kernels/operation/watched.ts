/** Who writes a forward pass down sees operations whole: with their own operands, not what they are composed of. */
import type * as tf from "@tensorflow/tfjs";

/**
 * Called in place of every operation that has a composite, whatever the backend.
 * @param composite Tells which operation it is. @returns What it gives.
 */
export type Watcher = <Operands extends unknown[], Result extends tf.Tensor>(
  composite: (...operands: Operands) => Result,
  operands: Operands,
) => Result;

let watcher: Watcher | undefined;

/** Runs `work` with every operation shown to `watch`. It must not wait for anything. */
export function watchOperations<Made>(watch: Watcher, work: () => Made): Made {
  const outer = watcher;
  watcher = watch;
  try {
    return work();
  } finally {
    watcher = outer;
  }
}

/** Undefined: nobody watches. */
export function currentWatcher(): Watcher | undefined {
  return watcher;
}
