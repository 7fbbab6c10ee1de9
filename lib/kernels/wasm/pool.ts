/** Runs a kernel's chunks on this thread and on the pool's workers. */
import {
  chunkAt,
  type ChunkFunction,
  type Control,
  createControlBuffer,
  functionNames,
  MAX_ARGUMENTS,
  readMessage,
  viewControl,
  WORD,
  work,
  type WorkerStart,
} from "./control.ts";

const SPINS = 100_000;

export interface PoolOptions {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** From 1; the calling thread is one of them. */
  readonly threads: number;
  /** Threads with work of their own that may {@link Pool.invite join} them. Absent: none. */
  readonly guests?: number;
  /** Throws where there is no room. */
  readonly allocate: (bytes: number) => number;
  readonly release: (address: number) => void;
  /** Starts a thread that runs `serveJobs`, and tells when it is ready. Needed beyond the first thread. */
  readonly startThread?: (start: WorkerStart) => Promise<Thread>;
}

export interface Thread {
  terminate(): unknown;
}

interface Job {
  readonly name: string;
  readonly index: number;
  readonly chunks: number;
  readonly args: readonly number[];
  /** Whether other threads know of it. */
  readonly isShared: boolean;
}

/** Fixed pieces of the memory that belong to one thread each while a job runs; grown when a job asks for more. */
export class Pool {
  readonly threads: number;
  readonly #options: PoolOptions;
  readonly #control: Control;
  readonly #functions: readonly ChunkFunction[];
  readonly #indexOf: ReadonlyMap<string, number>;
  readonly #workers: readonly Thread[];
  /** Threads of its own and guests that were invited. */
  #seats: number;
  #scratchBytes = 0;
  /** What was started and is not finished. */
  #job: Job | null = null;

  /** How many threads may take part in a job now. */
  get seats(): number {
    return this.#seats;
  }

  /** Size of each thread's piece now. */
  get scratchBytes(): number {
    return this.#scratchBytes;
  }

  private constructor(
    options: PoolOptions,
    instance: WebAssembly.Instance,
    workers: readonly Thread[],
    control: Control,
  ) {
    const names = functionNames(options.module);
    this.threads = options.threads;
    this.#seats = options.threads;
    this.#options = options;
    this.#control = control;
    this.#functions = names.map((name) => instance.exports[name] as ChunkFunction);
    this.#indexOf = new Map(names.map((name, i) => [name, i]));
    this.#workers = workers;
  }

  /** Starts `threads - 1` threads; for those the memory must be shared. */
  static async open(options: PoolOptions): Promise<Pool> {
    const buffer = createControlBuffer();
    const { module, memory } = options;
    const instance = new WebAssembly.Instance(module, { env: { memory } });
    const workers = await Promise.all(
      Array.from(
        { length: options.threads - 1 },
        (_, i) => options.startThread!({ module, memory, control: buffer, thread: i + 1 }),
      ),
    );
    return new Pool(options, instance, workers, viewControl(buffer));
  }

  /**
   * A place for one more thread, which takes chunks whenever it has nothing else to do; nobody waits for it to come.
   *
   * @returns What it is sent, or undefined if all guests are there.
   */
  invite(): WorkerStart | undefined {
    const { threads, guests = 0, module, memory } = this.#options;
    if (this.#seats === threads + guests) return undefined;
    const thread = this.#seats;
    if (this.#scratchBytes > 0) this.#control.scratch[thread] = this.#options.allocate(this.#scratchBytes);
    this.#seats++;
    return { module, memory, control: this.#control.words.buffer, thread };
  }

  /**
   * Calls the exported function for chunk 0 .. chunks - 1 as `f(chunk, scratch, ...args)` and returns when all are
   * done. Chunks run in any order and at the same time: none may write what another reads or writes.
   *
   * @param scratchBytes Room that each thread gets at `scratch`, with undefined content.
   * @throws {Error} If a chunk throws, on whatever thread; with its message, and as the cause what this thread threw; or
   *   what {@link PoolOptions.allocate} throws.
   */
  run(name: string, chunks: number, args: readonly number[], scratchBytes = 0): void {
    this.start(name, chunks, args, scratchBytes);
    this.finish();
  }

  /**
   * The same without this thread, which may do something else until it calls {@link finish}: the pool's other threads
   * begin. Until then there is no other job.
   *
   * @throws {Error} If a job is not finished, or what {@link PoolOptions.allocate} throws.
   */
  start(name: string, chunks: number, args: readonly number[], scratchBytes = 0): void {
    if (this.#job !== null) throw new Error(`Kernel ${name} cannot start: ${this.#job.name} is not finished`);
    const index = this.#indexOf.get(name);
    if (index === undefined) throw new Error(`The kernel module has no function ${name}`);
    if (args.length > MAX_ARGUMENTS) throw new Error(`${name}: ${args.length} arguments do not fit`);
    this.#ensureScratch(scratchBytes);
    const isShared = this.#seats > 1 && chunks > 1; // one chunk is not worth waking anyone
    this.#job = { name, index, chunks, args, isShared };
    if (!isShared) return;
    const { words } = this.#control;
    words[WORD.function] = index;
    words[WORD.argumentCount] = args.length;
    words[WORD.chunks] = chunks;
    words[WORD.job]!++;
    this.#control.args.set(args);
    Atomics.store(words, WORD.failed, 0);
    Atomics.store(words, WORD.done, 0);
    Atomics.store(words, WORD.remaining, chunks);
    Atomics.notify(words, WORD.remaining);
  }

  /** Helps with what was {@link start started}, and returns when it is done. @throws {Error} As {@link run}. */
  finish(): void {
    const job = this.#job;
    if (job === null) return;
    this.#job = null;
    const { words } = this.#control;
    const { name, index, chunks, args, isShared } = job;
    if (!isShared) {
      const run = this.#functions[index]!;
      const scratch = this.#control.scratch[0]!;
      const number = chunks === 1 ? 0 : words[WORD.job]!++;
      for (let left = chunks; left > 0; left--) run(chunkAt(number, chunks, left), scratch, ...args);
      return;
    }
    const cause = work(this.#control, this.#functions, 0);
    awaitCount(words, chunks);
    if (Atomics.load(words, WORD.failed) !== 0) {
      throw new Error(`Kernel ${name} failed: ${readMessage(this.#control)}`, { cause });
    }
  }

  /** Ends the workers and gives the scratch memory back. */
  async close(): Promise<void> {
    Atomics.store(this.#control.words, WORD.stop, 1);
    Atomics.notify(this.#control.words, WORD.remaining);
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
    this.#releaseScratch();
  }

  #ensureScratch(bytes: number): void {
    if (bytes <= this.#scratchBytes) return;
    this.#releaseScratch();
    const pieces: number[] = [];
    try {
      while (pieces.length < this.#seats) pieces.push(this.#options.allocate(bytes));
    } catch (error) {
      for (const address of pieces) this.#options.release(address);
      throw error;
    }
    this.#control.scratch.set(pieces);
    this.#scratchBytes = bytes;
  }

  #releaseScratch(): void {
    if (this.#scratchBytes === 0) return;
    for (let thread = 0; thread < this.#seats; thread++) {
      this.#options.release(this.#control.scratch[thread]!);
    }
    this.#scratchBytes = 0;
  }
}

function awaitCount(words: Int32Array, wanted: number): void {
  for (let spin = 0; spin < SPINS; spin++) {
    if (Atomics.load(words, WORD.done) === wanted) return;
  }
  for (;;) {
    const done = Atomics.load(words, WORD.done);
    if (done === wanted) return;
    Atomics.wait(words, WORD.done, done);
  }
}
