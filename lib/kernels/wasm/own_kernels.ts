/** This project's kernels on a memory of their own, for those who have no tensors. */
import { checkUnit, type CompiledFunction } from "./compiled_unit.ts";
import { outOfMemory } from "./out_of_memory.ts";
import { Pool, type PoolOptions } from "./pool.ts";
import { openStamped } from "./stamp.ts";

const PAGE_BYTES = 65_536;
/** What the modules ask for. */
const [PAGES_INITIAL, PAGES_MAXIMUM] = [256, 65_536];
/** Address 0 stands for nothing. */
const START = 16;

interface Piece {
  readonly address: number;
  readonly bytes: number;
}

export class OwnKernels {
  readonly #memory: WebAssembly.Memory;
  readonly #pool: Pool;
  readonly #units: ReadonlyMap<string, string>;
  readonly #pieces: Pieces;

  private constructor(
    memory: WebAssembly.Memory,
    pool: Pool,
    units: ReadonlyMap<string, string>,
    pieces: Pieces,
  ) {
    this.#memory = memory;
    this.#pool = pool;
    this.#units = units;
    this.#pieces = pieces;
  }

  /** @param kernels The compiled kernels as a file: those for shared memory where there are several threads. */
  static async open(
    kernels: Uint8Array<ArrayBuffer>,
    { threads, startThread }: Pick<PoolOptions, "threads" | "startThread">,
  ): Promise<OwnKernels> {
    const { module, units } = await openStamped(kernels);
    const memory = new WebAssembly.Memory(
      threads > 1
        ? { initial: PAGES_INITIAL, maximum: PAGES_MAXIMUM, shared: true }
        : { initial: PAGES_INITIAL },
    );
    const pieces = new Pieces(memory);
    const pool = await Pool.open({
      module,
      memory,
      threads,
      allocate: (bytes) => pieces.allocate(bytes),
      release: (address) => pieces.release(address),
      ...(startThread && { startThread }),
    });
    return new OwnKernels(memory, pool, units, pieces);
  }

  /** See {@link Pool.start}. @throws {Error} If the module has another state of the function's unit than is asked for. */
  start(
    { name, unit }: CompiledFunction,
    chunks: number,
    args: readonly number[],
    scratchBytes: number,
  ): void {
    checkUnit(this.#units, unit);
    this.#pool.start(name, chunks, args, scratchBytes);
  }

  /** See {@link Pool.finish}. */
  finish(): void {
    this.#pool.finish();
  }

  /** Memory of undefined content, at a multiple of 16. @throws {UserError} `system-limit`: there is none left. */
  allocate(bytes: number): number {
    return this.#pieces.allocate(bytes);
  }

  release(address: number): void {
    this.#pieces.release(address);
  }

  /** The whole memory, for short use: it is another when it has grown. */
  get buffer(): ArrayBufferLike {
    return this.#memory.buffer;
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}

/** Pieces of a memory. What was given back is given again to who asks for no more. */
class Pieces {
  readonly #memory: WebAssembly.Memory;
  readonly #lent = new Map<number, Piece>();
  readonly #free: Piece[] = [];
  #top = START;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  allocate(bytes: number): number {
    const fitting = this.#free.findIndex((piece) => piece.bytes >= bytes);
    const piece = fitting < 0 ? this.#more(bytes) : this.#free.splice(fitting, 1)[0]!;
    this.#lent.set(piece.address, piece);
    return piece.address;
  }

  release(address: number): void {
    this.#free.push(this.#lent.get(address)!);
    this.#free.sort((a, b) => a.bytes - b.bytes); // the smallest that fits comes first
    this.#lent.delete(address);
  }

  #more(bytes: number): Piece {
    const piece = { address: this.#top, bytes: Math.ceil(bytes / START) * START };
    const missing = piece.address + piece.bytes - this.#memory.buffer.byteLength;
    if (missing > 0) this.#grow(Math.ceil(missing / PAGE_BYTES), bytes);
    this.#top += piece.bytes;
    return piece;
  }

  #grow(pages: number, bytes: number): void {
    try {
      this.#memory.grow(pages);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw outOfMemory(bytes, this.#memory.buffer.byteLength);
    }
  }
}
