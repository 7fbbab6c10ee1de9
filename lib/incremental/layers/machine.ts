/** Memory and kernels of one stream: laid out once, then nothing is allocated. No tensor library, no threads. */
import { COMPILED } from "../../kernels/incremental/compiled.ts";
import { COMPILED as POOLED } from "../../kernels/pooled_filters/compiled.ts";
import { COMPILED as SPECTRUM } from "../../kernels/spectrum/compiled.ts";
import { checkUnit } from "../../kernels/wasm/compiled_unit.ts";
import { openStamped } from "../../kernels/wasm/stamp.ts";

const PAGE_BYTES = 65_536;
/** What the module asks for. */
const PAGES_INITIAL = 256;
/** Address 0 stands for nothing. */
const START = 16;
/** Channels of layers are in whole panels, as products make them. */
export const PANEL = 8;

/** What follows a sum, as the kernels count them. */
export const ACTIVATIONS = { none: 0, relu: 1, swish: 2 } as const;
export type Activation = keyof typeof ACTIVATIONS;

type Kernel = (...args: readonly number[]) => void;
export type Kernels = Readonly<
  Record<keyof typeof COMPILED | keyof typeof POOLED | "spectrumForward", Kernel>
>;

export class Machine {
  readonly kernels: Kernels;
  /** Multiplications that layers have taken so far: those of sums, not of activations. */
  multiplications = 0;
  readonly #memory: WebAssembly.Memory;
  #end = START;
  #floats: Float32Array;

  private constructor(module: WebAssembly.Module) {
    this.#memory = new WebAssembly.Memory({ initial: PAGES_INITIAL });
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
    this.kernels = exports as unknown as Kernels;
    this.#floats = new Float32Array(this.#memory.buffer);
  }

  /** @param kernels The compiled kernels as a file. @throws {Error} If they were made from other sources. */
  static async open(kernels: Uint8Array<ArrayBuffer>): Promise<Machine> {
    const { module, units } = await openStamped(kernels);
    checkUnit(units, COMPILED.denseRows.unit);
    checkUnit(units, SPECTRUM.spectrumForward.unit);
    checkUnit(units, POOLED.pooledFiltersForward.unit);
    return new Machine(module);
  }

  /** All memory as numbers: number i is at address 4 i. Valid until something is allocated. */
  get floats(): Float32Array {
    return this.#floats;
  }

  /** @returns The address of so many zeros, a multiple of 16. */
  allocate(floats: number): number {
    const address = this.#end;
    this.#end += Math.ceil(floats / 4) * 16;
    const missing = this.#end - this.#memory.buffer.byteLength;
    if (missing > 0) {
      this.#memory.grow(Math.ceil(missing / PAGE_BYTES));
      this.#floats = new Float32Array(this.#memory.buffer);
    }
    return address;
  }

  /** @returns The address of a copy. */
  place(values: ArrayLike<number>): number {
    const address = this.allocate(values.length);
    this.#floats.set(values, address / 4);
    return address;
  }

  /** Puts a whole number of 32 bits at an address. */
  setInteger(address: number, value: number): void {
    new Int32Array(this.#memory.buffer, address, 1)[0] = value;
  }

  /** Numbers at an address; valid until something is allocated. */
  view(address: number, floats: number): Float32Array {
    return this.#floats.subarray(address / 4, address / 4 + floats);
  }

  fill(address: number, floats: number): void {
    this.#floats.fill(0, address / 4, address / 4 + floats);
  }

  move(to: number, from: number, floats: number): void {
    this.#floats.copyWithin(to / 4, from / 4, from / 4 + floats);
  }
}

/** The next whole number of panels, in channels. */
export function wholePanels(channels: number): number {
  return Math.ceil(channels / PANEL) * PANEL;
}
