/** This project's kernels as operations see them: functions on the memory that holds the wasm backend's tensors. */
import * as tf from "@tensorflow/tfjs";
import { checkUnit, type CompiledFunction, type CompiledUnit } from "./compiled_unit.ts";
import { type DataId, KeptPieces } from "./kept.ts";
import { layPieces } from "./pieces.ts";
import type { WorkerStart } from "./control.ts";
import { outOfMemory } from "./out_of_memory.ts";
import type { Pool } from "./pool.ts";

/** What is used of the wasm backend beyond its public interface; the library is pinned exactly. */
export interface WasmBackend {
  readonly wasm: {
    readonly asm: { readonly memory: WebAssembly.Memory };
    _malloc(bytes: number): number;
    _free(address: number): void;
  };
  readonly dataIdMap: {
    get(dataId: object): { readonly memoryOffset: number; readonly refCount: number } | undefined;
  };
  makeOutput(shape: readonly number[], dtype: "float32"): tf.TensorInfo;
  /** True if the values are gone, false if other tensors still share them. */
  disposeData(dataId: DataId, force?: boolean): boolean;
}

export interface Output<T extends tf.Tensor> {
  readonly tensor: T;
  readonly address: number;
}

const installed = new WeakMap<object, WasmKernels>();

/** Kernels of the backend in use, or undefined: then operations are composed of standard ones. */
export function wasmKernels(): WasmKernels | undefined {
  return installed.get(tf.backend());
}

/** Gives pieces of the backend's memory, of undefined content; throws a {@link UserError} `system-limit` where there is none. */
export function allocatorOf({ wasm }: WasmBackend): (bytes: number) => number {
  return (bytes) => {
    const address = wasm._malloc(bytes) >>> 0;
    if (address === 0) throw outOfMemory(bytes, wasm.asm.memory.buffer.byteLength);
    return address;
  };
}

/** From now on {@link wasmKernels} returns these whenever `backend` is in use. */
export function provideWasmKernels(backend: object, kernels: WasmKernels): void {
  installed.set(backend, kernels);
}

/** 128 MiB. */
const MOST_KEPT_BYTES = 2 ** 27;

export class WasmKernels {
  readonly threads: number;
  readonly #backend: WasmBackend;
  readonly #pool: Pool;
  readonly #units: ReadonlyMap<string, string>;
  readonly #checked = new Set<CompiledUnit>();
  readonly #allocate: (bytes: number) => number;
  readonly #kept: KeptPieces;
  #holding = 0;
  /** Of all that is kept from operation to operation, where operations say that they hold it: see {@link holding}. */
  mostKeptBytes = MOST_KEPT_BYTES;

  /** @param units Digests of what is in the pool's module, by name. */
  constructor(backend: WasmBackend, pool: Pool, units: ReadonlyMap<string, string>) {
    this.threads = pool.threads;
    this.#backend = backend;
    this.#pool = pool;
    this.#units = units;
    this.#allocate = allocatorOf(backend);
    this.#kept = new KeptPieces({
      allocate: this.#allocate,
      release: (address) => backend.wasm._free(address),
    });
    this.#forgetWhatIsDisposed();
  }

  /** Threads of its own and guests that were invited: so many chunks leave none of them without one. */
  get seats(): number {
    return this.#pool.seats;
  }

  /** See {@link Pool.invite}. */
  invite(): WorkerStart | undefined {
    return this.#pool.invite();
  }

  /**
   * See {@link Pool.run}. Booleans and addresses are numbers.
   *
   * @throws {Error} If the compiled module has another state of the function's unit than is asked for.
   */
  run({ name, unit }: CompiledFunction, chunks: number, args: readonly number[], scratchBytes = 0): void {
    if (!this.#checked.has(unit)) {
      checkUnit(this.#units, unit);
      this.#checked.add(unit);
    }
    this.#pool.run(name, chunks, args, scratchBytes);
  }

  /** Where a tensor's values are; valid until it is disposed of. */
  addressOf(tensor: tf.Tensor): number {
    return this.#entry(tensor).memoryOffset;
  }

  /** The same, for a kernel that changes the values in place: what was kept of them is forgotten. */
  addressToChange(tensor: tf.Tensor): number {
    this.#kept.forget(tensor.dataId);
    return this.addressOf(tensor);
  }

  /**
   * Memory with something computed from tensors, written at the first call and kept until one of them changes or is
   * disposed of, or {@link holding} ends.
   *
   * @param name Says how the content follows from the tensors' values, sizes included.
   */
  kept(
    name: string,
    tensors: readonly tf.Tensor[],
    floats: number,
    write: (address: number) => void,
  ): number {
    return this.#kept.piece(name, tensors.map(({ dataId }) => dataId), () => floats * 4, write);
  }

  /** The same of nothing but the name, which says all that the numbers follow from. */
  table(name: string, make: () => Float32Array): number {
    let values: Float32Array | undefined;
    const made = () => values ??= make();
    const write = (address: number) => this.view(address, made().length).set(made());
    return this.#kept.piece(name, [], () => made().byteLength, write);
  }

  /**
   * An operation that keeps something for each size it meets: what it asks for stays until it returns; then what was
   * asked for longest ago, by whomever, goes until all that is kept fits into {@link mostKeptBytes}.
   */
  holding<T>(use: () => T): T {
    this.#holding++;
    try {
      return use();
    } finally {
      if (--this.#holding === 0) this.#kept.trim(this.mostKeptBytes);
    }
  }

  /** Of all that {@link kept} and {@link table} hold. */
  get keptBytes(): number {
    return this.#kept.bytes;
  }

  /** What each thread has at hand for a job's intermediate results, from job to job. */
  get scratchBytes(): number {
    return this.#pool.scratchBytes;
  }

  /** True if no other tensor shares the values, so that they may be changed in place. */
  ownsValues(tensor: tf.Tensor): boolean {
    return this.#entry(tensor).refCount === 1;
  }

  /** A new tensor of undefined content. @throws {UserError} `system-limit`: there is no memory left. */
  output<T extends tf.Tensor>(shape: readonly number[]): Output<T> {
    const info = this.#backend.makeOutput(shape, "float32");
    const tensor = tf.engine().makeTensorFromTensorInfo(info) as T;
    const address = this.addressOf(tensor);
    if (address === 0 && tensor.size > 0) { // the library does not look
      throw outOfMemory(tensor.size * 4, this.#backend.wasm.asm.memory.buffer.byteLength);
    }
    return { tensor, address };
  }

  /** Lends memory of undefined content to a function. @throws {UserError} `system-limit`: there is none left. */
  borrow<T>(floats: number, use: (address: number) => T): T {
    const address = this.#allocate(floats * 4);
    try {
      return use(address);
    } finally {
      this.#backend.wasm._free(address);
    }
  }

  /** Lends several pieces at once, by name: see {@link layPieces}. */
  borrowPieces<Name extends string, T>(
    floats: Readonly<Record<Name, number>>,
    use: (addresses: Readonly<Record<Name, number>>) => T,
  ): T {
    const { size, from } = layPieces(floats);
    return this.borrow(size, (start) => use(from(start)));
  }

  /** Writes whole numbers as int32. */
  writeIntegers(address: number, values: ArrayLike<number>): void {
    new Int32Array(this.#backend.wasm.asm.memory.buffer, address, values.length).set(values);
  }

  /** Values at an address, for short use: the view dies when memory grows. */
  view(address: number, floats: number): Float32Array {
    return new Float32Array(this.#backend.wasm.asm.memory.buffer, address, floats);
  }

  /** Ends the threads and gives back all memory but that of tensors. */
  async close(): Promise<void> {
    this.#kept.forgetAll();
    await this.#pool.close();
  }

  /** Every disposal of values goes through this method of the backend. */
  #forgetWhatIsDisposed(): void {
    const backend = this.#backend;
    const dispose = backend.disposeData.bind(backend);
    backend.disposeData = (dataId, force) => {
      const gone = dispose(dataId, force);
      if (gone) this.#kept.forget(dataId);
      return gone;
    };
  }

  #entry(tensor: tf.Tensor): { readonly memoryOffset: number; readonly refCount: number } {
    const entry = this.#backend.dataIdMap.get(tensor.dataId);
    if (entry === undefined) throw new Error(`Tensor ${tensor.id} has no values on the wasm backend`);
    return entry;
  }
}
