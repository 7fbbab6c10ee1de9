/** This project's kernels as operations see them: functions on the memory that holds the wasm backend's tensors. */
import * as tf from "@tensorflow/tfjs";
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

/** From now on {@link wasmKernels} returns these whenever `backend` is in use. */
export function provideWasmKernels(backend: object, kernels: WasmKernels): void {
  installed.set(backend, kernels);
}

export class WasmKernels {
  readonly threads: number;
  readonly #backend: WasmBackend;
  readonly #pool: Pool;

  constructor(backend: WasmBackend, pool: Pool) {
    this.threads = pool.threads;
    this.#backend = backend;
    this.#pool = pool;
  }

  /** See {@link Pool.run}. Booleans and addresses are numbers. */
  run(name: string, chunks: number, args: readonly number[], scratchBytes = 0): void {
    this.#pool.run(name, chunks, args, scratchBytes);
  }

  /** Where a tensor's values are; valid until it is disposed of. */
  addressOf(tensor: tf.Tensor): number {
    return this.#entry(tensor).memoryOffset;
  }

  /** True if no other tensor shares the values, so that they may be changed in place. */
  ownsValues(tensor: tf.Tensor): boolean {
    return this.#entry(tensor).refCount === 1;
  }

  /** A new tensor of undefined content. */
  output<T extends tf.Tensor>(shape: readonly number[]): Output<T> {
    const info = this.#backend.makeOutput(shape, "float32");
    const tensor = tf.engine().makeTensorFromTensorInfo(info) as T;
    return { tensor, address: this.addressOf(tensor) };
  }

  /** Lends memory of undefined content to a function. */
  borrow<T>(floats: number, use: (address: number) => T): T {
    const address = this.#backend.wasm._malloc(floats * 4) >>> 0;
    if (address === 0) throw new RangeError(`No WebAssembly memory left for ${floats * 4} bytes`);
    try {
      return use(address);
    } finally {
      this.#backend.wasm._free(address);
    }
  }

  /** Lends several pieces at once, by name; sizes in float32 numbers, addresses multiples of 16 bytes. */
  borrowPieces<Name extends string, T>(
    floats: Readonly<Record<Name, number>>,
    use: (addresses: Readonly<Record<Name, number>>) => T,
  ): T {
    let size = 0;
    const offsets = {} as Record<Name, number>;
    for (const name of Object.keys(floats) as Name[]) {
      offsets[name] = size;
      size += Math.ceil(floats[name] / 4) * 4;
    }
    return this.borrow(size, (start) => {
      for (const name of Object.keys(floats) as Name[]) offsets[name] = start + offsets[name] * 4;
      return use(offsets);
    });
  }

  /** Writes whole numbers as int32. */
  writeIntegers(address: number, values: readonly number[]): void {
    new Int32Array(this.#backend.wasm.asm.memory.buffer, address, values.length).set(values);
  }

  /** Values at an address, for short use: the view dies when memory grows. */
  view(address: number, floats: number): Float32Array {
    return new Float32Array(this.#backend.wasm.asm.memory.buffer, address, floats);
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await this.#pool.close();
  }

  #entry(tensor: tf.Tensor): { readonly memoryOffset: number; readonly refCount: number } {
    const entry = this.#backend.dataIdMap.get(tensor.dataId);
    if (entry === undefined) throw new Error(`Tensor ${tensor.id} has no values on the wasm backend`);
    return entry;
  }
}
