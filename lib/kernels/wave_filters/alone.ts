/**
 * Long sums over waves on a WebAssembly memory of their own: no tensor library, no threads; the same bytes on every
 * processor, whatever was computed before.
 */
import { checkUnit } from "../wasm/compiled_unit.ts";
import { layPieces } from "../wasm/pieces.ts";
import { openStamped } from "../wasm/stamp.ts";
import { passTable } from "../spectrum/tables.ts";
import { COMPILED } from "./compiled.ts";
import { newArray, type Phases, type WaveFilters } from "../../audio/wave_filters.ts";

const PAGE_BYTES = 65_536;
/** What the module asks for. */
const PAGES_INITIAL = 256;
const START = 16;
/** Outputs of a correlation that are made at once. */
const SIXTEEN = 16;
/** Taps of a resampler that are added at once. */
const EIGHT = 8;
/** Stretches that a wave is cut into: real and imaginary parts of four lanes. */
const BLOCKS = 8;
/** Lengths of transforms are multiples of this, so that two passes of large radix do most of the work. */
const UNIT = 240;
/** Numbers of a complex number in four lanes. */
const COMPLEX = 8;

type Run = (...args: readonly number[]) => void;

export class AloneWaveFilters implements WaveFilters {
  readonly #memory = new WebAssembly.Memory({ initial: PAGES_INITIAL });
  readonly #runs: Readonly<Record<keyof typeof COMPILED, Run>>;
  readonly #passes = new Map<number, Float32Array>();

  private constructor(module: WebAssembly.Module) {
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
    this.#runs = exports as Record<keyof typeof COMPILED, Run>;
  }

  /** @param kernels The compiled kernels as a file. @throws {Error} If they were made from other sources. */
  static async open(kernels: Uint8Array<ArrayBuffer>): Promise<AloneWaveFilters> {
    const { module, units } = await openStamped(kernels);
    checkUnit(units, COMPILED.convolveWave.unit);
    return new AloneWaveFilters(module);
  }

  correlated(values: Float32Array, taps: Float32Array, lend = newArray): Float32Array {
    const count = values.length - taps.length + 1;
    if (count < 1) return new Float32Array();
    const whole = wholes(count, SIXTEEN);
    const at = this.#lay({ x: whole + taps.length, taps: taps.length, y: whole });
    this.#write(at.x, values);
    this.#write(at.taps, taps);
    this.#runs.correlateWave(at.x, at.taps, taps.length, count, at.y);
    return this.#read(at.y, lend(count));
  }

  resampled(values: Float32Array, { up, down, reach, taps }: Phases, lend = newArray): Float32Array {
    const length = wholes(2 * reach, EIGHT);
    const count = Math.ceil(values.length * up / down);
    const at = this.#lay({ x: values.length + 2 * reach + 2 * length, taps: up * length, y: count });
    this.#fill(at.x, values.length + 2 * reach + 2 * length);
    this.#write(at.x + (reach - 1) * 4, values);
    this.#fill(at.taps, up * length);
    taps.forEach((row, phase) => this.#write(at.taps + phase * length * 4, row));
    this.#runs.resampleWave(at.x, up, down, at.taps, length, count, at.y);
    return this.#read(at.y, lend(count));
  }

  convolved(values: Float32Array, response: Float32Array, lend = newArray): Float32Array {
    const block = Math.ceil(values.length / BLOCKS);
    const size = transformSize(block + response.length - 1);
    const table = this.#passesOf(size);
    const at = this.#lay({
      wave: BLOCKS * block,
      response: response.length,
      passes: table.length,
      scratch: 4 * COMPLEX * size,
      y: BLOCKS * block + size,
    });
    this.#fill(at.wave, BLOCKS * block);
    this.#write(at.wave, values);
    this.#write(at.response, response);
    this.#write(at.passes, table);
    this.#runs.convolveWave(at.wave, block, at.response, response.length, size, at.passes, at.scratch, at.y);
    return this.#read(at.y, lend(values.length));
  }

  #passesOf(size: number): Float32Array {
    const known = this.#passes.get(size) ?? passTable(size);
    this.#passes.set(size, known);
    return known;
  }

  #lay<Name extends string>(floats: Readonly<Record<Name, number>>): Readonly<Record<Name, number>> {
    const { size, from } = layPieces(floats);
    const missing = START + size * 4 - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES));
    return from(START);
  }

  #write(address: number, values: Float32Array): void {
    new Float32Array(this.#memory.buffer, address, values.length).set(values);
  }

  #fill(address: number, floats: number): void {
    new Float32Array(this.#memory.buffer, address, floats).fill(0);
  }

  #read(address: number, out: Float32Array): Float32Array {
    out.set(new Float32Array(this.#memory.buffer, address, out.length));
    return out;
  }
}

/** The shortest transform of at least `least` numbers that is a multiple of {@link UNIT} by 2, 3 and 5 alone. */
function transformSize(least: number): number {
  for (let factor = Math.max(1, Math.ceil(least / UNIT));; factor++) {
    let rest = factor;
    for (const prime of [2, 3, 5]) while (rest % prime === 0) rest /= prime;
    if (rest === 1) return factor * UNIT;
  }
}

function wholes(count: number, unit: number): number {
  return Math.ceil(count / unit) * unit;
}
