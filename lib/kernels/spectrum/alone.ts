/** Features of a fixed transform on a WebAssembly memory of their own: no tensor library, no threads. */
import { extendedClips } from "../../audio/framing.ts";
import { checkUnit } from "../wasm/compiled_unit.ts";
import { layPieces } from "../wasm/pieces.ts";
import { openStamped } from "../wasm/stamp.ts";
import { spectrumArguments, spectrumSizes } from "./call.ts";
import { COMPILED } from "./compiled.ts";
import type { SpectrumPass } from "./pass.ts";
import { bankTable, checkServed, transformTables } from "./tables.ts";

const PAGE_BYTES = 65_536;
/** What the module asks for. */
const PAGES_INITIAL = 256;
/** Address 0 stands for nothing. */
const START = 16;

type Forward = (clip: number, scratch: number, ...args: readonly number[]) => void;

export class AloneSpectrum {
  readonly #pass: SpectrumPass;
  readonly #memory: WebAssembly.Memory;
  readonly #forward: Forward;
  readonly #tables: Float32Array;
  readonly #bank: Float32Array;

  private constructor(pass: SpectrumPass, module: WebAssembly.Module) {
    checkServed(pass);
    this.#pass = pass;
    this.#memory = new WebAssembly.Memory({ initial: PAGES_INITIAL });
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
    this.#forward = exports[COMPILED.spectrumForward.name] as Forward;
    this.#tables = transformTables(pass);
    this.#bank = pass.bank === null ? new Float32Array() : bankTable(pass.bank.weights, pass.bank.bands);
  }

  /** @param kernels The compiled kernels as a file. @throws {Error} If they were made from other sources. */
  static async open(pass: SpectrumPass, kernels: Uint8Array<ArrayBuffer>): Promise<AloneSpectrum> {
    const { module, units } = await openStamped(kernels);
    checkUnit(units, COMPILED.spectrumForward.unit);
    return new AloneSpectrum(pass, module);
  }

  /**
   * What the wasm backend computes, byte for byte, whatever clips are beside a clip.
   *
   * @param waves `[clips, samples]` row by row. @param samples Of each clip.
   * @returns `[clips, bands, T]` with a bank, else `[clips, T, bins]`.
   * @throws {RangeError} If clips are too short for a frame.
   */
  features(waves: Float32Array, samples: number): Float32Array {
    const { padding } = this.#pass;
    if (padding === "reflect") return this.#transformed(waves, samples, this.#pass);
    const clips = waves.length / samples;
    const extended = extendedClips(waves, samples, this.#pass);
    return this.#transformed(extended, extended.length / clips, { ...this.#pass, padding: "within" });
  }

  #transformed(waves: Float32Array, samples: number, pass: SpectrumPass): Float32Array {
    const { bank } = pass;
    const clips = waves.length / samples;
    const sizes = spectrumSizes(samples, pass, bank?.bands ?? 0);
    const made = clips * sizes.frames * (bank?.bands ?? sizes.columns);
    const { size, from } = layPieces({
      tables: this.#tables.length,
      bank: this.#bank.length,
      wave: waves.length,
      out: made,
      scratch: sizes.scratchFloats,
    });
    this.#ensure(START + size * 4);
    const at = from(START);
    this.#write(at.tables, this.#tables);
    this.#write(at.bank, this.#bank);
    this.#write(at.wave, waves);
    const operands = bank === null ? { ...at, bank: 0 } : at;
    const args = spectrumArguments(samples, pass, sizes, bank, operands);
    for (let clip = 0; clip < clips; clip++) this.#forward(clip, at.scratch, ...args);
    return new Float32Array(this.#memory.buffer, at.out, made).slice();
  }

  #ensure(bytes: number): void {
    const missing = bytes - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES));
  }

  #write(address: number, values: Float32Array): void {
    new Float32Array(this.#memory.buffer, address, values.length).set(values);
  }
}
