/**
 * The block of shared memory through which the pool's threads agree. A job is one exported function, called once
 * for each chunk as `f(chunk, scratch, ...args)`. Threads take chunks until none is left; which thread takes which
 * makes no difference to results.
 */

/** Positions in the 32-bit view. */
export const WORD = {
  /** Chunks not yet taken. A thread takes one by counting this down; fields are read only after that. */
  remaining: 0,
  /** Chunks done. The job's fields stay as they are until it equals the number of chunks. */
  done: 1,
  stop: 2,
  failed: 3,
  function: 4,
  argumentCount: 5,
} as const;

const WORDS_BYTES = 64;
const MAX_THREADS = 64;
export const MAX_ARGUMENTS = 32;

export interface Control {
  readonly words: Int32Array<SharedArrayBuffer>;
  /** One address for each thread. */
  readonly scratch: Float64Array<SharedArrayBuffer>;
  readonly args: Float64Array<SharedArrayBuffer>;
}

/** What a worker is sent to start with. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
  readonly thread: number;
}

export type ChunkFunction = (chunk: number, scratch: number, ...args: number[]) => void;

export function createControlBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(WORDS_BYTES + 8 * (MAX_THREADS + MAX_ARGUMENTS));
}

export function viewControl(buffer: SharedArrayBuffer): Control {
  return {
    words: new Int32Array(buffer, 0, WORDS_BYTES / 4),
    scratch: new Float64Array(buffer, WORDS_BYTES, MAX_THREADS),
    args: new Float64Array(buffer, WORDS_BYTES + 8 * MAX_THREADS, MAX_ARGUMENTS),
  };
}

/** The module's functions in the order of its export list: the same in every thread. */
export function functionNames(module: WebAssembly.Module): string[] {
  return WebAssembly.Module.exports(module).filter((e) => e.kind === "function").map((e) => e.name);
}

/**
 * Takes and runs chunks until none is left. A chunk that fails counts as done and is marked.
 *
 * @returns What the first failing chunk of this thread threw, if any.
 */
export function work(control: Control, functions: readonly ChunkFunction[], thread: number): unknown {
  const { words, args, scratch } = control;
  let failure: unknown;
  for (;;) {
    const left = Atomics.load(words, WORD.remaining);
    if (left === 0) return failure;
    if (Atomics.compareExchange(words, WORD.remaining, left, left - 1) !== left) continue;
    try {
      const job = functions[words[WORD.function]!]!;
      job(left - 1, scratch[thread]!, ...args.subarray(0, words[WORD.argumentCount]!));
    } catch (error) {
      failure ??= error;
      Atomics.store(words, WORD.failed, 1);
    }
    Atomics.add(words, WORD.done, 1);
    Atomics.notify(words, WORD.done);
  }
}
