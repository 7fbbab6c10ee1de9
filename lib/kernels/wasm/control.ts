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
  /** Bytes of the text that says why the job failed. */
  messageBytes: 6,
  /** Chunks of the job. */
  chunks: 7,
  /** A number that is different for the next job. */
  job: 8,
} as const;

const WORDS_BYTES = 64;
const MAX_THREADS = 64;
export const MAX_ARGUMENTS = 32;
const MAX_MESSAGE_BYTES = 512;

export interface Control {
  readonly words: Int32Array;
  /** One address for each thread. */
  readonly scratch: Float64Array;
  readonly args: Float64Array;
  /** What the first chunk that failed threw, in UTF-8. */
  readonly message: Uint8Array;
}

/** What a worker is sent to start with. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: ArrayBufferLike;
  readonly thread: number;
}

export type ChunkFunction = (chunk: number, scratch: number, ...args: number[]) => void;

const MESSAGE_START = WORDS_BYTES + 8 * (MAX_THREADS + MAX_ARGUMENTS);

/** Shared where the environment has shared memory; without, there is only one thread. */
export function createControlBuffer(): ArrayBufferLike {
  return new (globalThis.SharedArrayBuffer ?? ArrayBuffer)(MESSAGE_START + MAX_MESSAGE_BYTES);
}

export function viewControl(buffer: ArrayBufferLike): Control {
  return {
    words: new Int32Array(buffer, 0, WORDS_BYTES / 4),
    scratch: new Float64Array(buffer, WORDS_BYTES, MAX_THREADS),
    args: new Float64Array(buffer, WORDS_BYTES + 8 * MAX_THREADS, MAX_ARGUMENTS),
    message: new Uint8Array(buffer, MESSAGE_START, MAX_MESSAGE_BYTES),
  };
}

/** The module's functions in the order of its export list: the same in every thread. */
export function functionNames(module: WebAssembly.Module): string[] {
  return WebAssembly.Module.exports(module).filter((e) => e.kind === "function").map((e) => e.name);
}

/**
 * Takes and runs chunks until none is left. A chunk that fails counts as done; the first one of all leaves a message.
 *
 * @returns What the first failing chunk of this thread threw, if any.
 */
export function work(control: Control, functions: readonly ChunkFunction[], thread: number): unknown {
  const { words } = control;
  let failure: unknown;
  let job: Job | undefined;
  for (;;) {
    const left = Atomics.load(words, WORD.remaining);
    if (left === 0) return failure;
    if (Atomics.compareExchange(words, WORD.remaining, left, left - 1) !== left) continue;
    if (job === undefined || job.number !== words[WORD.job]) job = readJob(control, functions);
    try {
      job.run(chunkAt(job.number, job.chunks, left), control.scratch[thread]!, ...job.args);
    } catch (error) {
      failure ??= error;
      if (Atomics.exchange(words, WORD.failed, 1) === 0) writeMessage(control, error);
    }
    if (Atomics.add(words, WORD.done, 1) + 1 === job.chunks) Atomics.notify(words, WORD.done);
  }
}

/**
 * Jobs go through their chunks in turn from the first to the last and back: what one job did last, the next does
 * first, as long as it is in the caches.
 *
 * @param left Chunks that were left, this one included.
 */
export function chunkAt(job: number, chunks: number, left: number): number {
  return job & 1 ? left - 1 : chunks - left;
}

/** What the first failing chunk of the last job threw; read after all chunks are done. */
export function readMessage({ words, message }: Control): string {
  // A copy, as text cannot be decoded out of shared memory.
  return new TextDecoder().decode(message.slice(0, words[WORD.messageBytes]));
}

/** Read once, however many chunks there are. */
interface Job {
  readonly number: number;
  readonly chunks: number;
  readonly run: ChunkFunction;
  readonly args: readonly number[];
}

function readJob({ words, args }: Control, functions: readonly ChunkFunction[]): Job {
  return {
    number: words[WORD.job]!,
    chunks: words[WORD.chunks]!,
    run: functions[words[WORD.function]!]!,
    args: Array.from(args.subarray(0, words[WORD.argumentCount]!)),
  };
}

function writeMessage({ words, message }: Control, error: unknown): void {
  const text = new TextEncoder().encode(String(error)).subarray(0, MAX_MESSAGE_BYTES);
  message.set(text);
  words[WORD.messageBytes] = text.length;
}
