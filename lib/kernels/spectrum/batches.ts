/** Features of many clips, batch behind batch: while other threads compute one, this one fills the next. */
import type { SpectrumPass } from "./pass.ts";
import type { OwnKernels } from "../wasm/own_kernels.ts";
import { clipsArguments, type SpectrumSizes, spectrumSizes, type SpectrumTables } from "./call.ts";
import { COMPILED } from "./compiled.ts";
import { bankTable, checkServed, transformTables } from "./tables.ts";

/** Samples at full scale 1, or as 16-bit integers. */
export type Samples = Float32Array | Int16Array;

/** Clips that are computed together: {@link set} all, {@link start}, {@link finish}, {@link values}. */
export interface ClipBatch {
  /** @param clip From 0. @param samples As many as was said. */
  set(clip: number, samples: Samples): void;
  /** Lets other threads begin. The batch before must be finished. */
  start(): void;
  /** Helps them, and returns when all is computed. */
  finish(): void;
  /**
   * Of one clip after the other, `[bands, T]` with a bank, else `[T, bins]`; valid until memory is asked for, and no
   * longer than until the batch behind the next is placed.
   */
  values(): Float32Array;
}

const WORD_BYTES = 4;
const ALIGNMENT = 16;
/** Of a clip in the list that the kernel reads. */
const WORDS = 4;

/** Room for two batches, which take turns. */
export class SpectrumBatches {
  readonly #kernels: OwnKernels;
  readonly #pass: SpectrumPass;
  readonly #at: SpectrumTables;
  readonly #rooms: readonly Room[];
  #placed = 0;

  /** @throws {RangeError} If the transform cannot be halved. */
  constructor(kernels: OwnKernels, pass: SpectrumPass) {
    checkServed(pass);
    this.#kernels = kernels;
    this.#pass = pass;
    this.#rooms = [new Room(kernels), new Room(kernels)];
    const { bank } = pass;
    this.#at = {
      tables: placed(kernels, transformTables(pass)),
      bank: bank === null ? 0 : placed(kernels, bankTable(bank.weights, bank.bands)),
    };
  }

  /**
   * @param lengths Samples of each clip. @param integers Whether they are 16-bit integers.
   * @throws {RangeError} If a clip is too short for a frame.
   */
  place(lengths: readonly number[], integers: boolean): ClipBatch {
    const pass = this.#pass;
    const { bank } = pass;
    const sizes = lengths.map((samples) => spectrumSizes(samples, pass, bank?.bands ?? 0));
    const valuesOf = ({ frames, columns }: SpectrumSizes) => frames * (bank?.bands ?? columns);
    const starts = startsOf(lengths.map((samples) => aligned(samples * (integers ? 2 : WORD_BYTES))));
    const outStarts = startsOf(sizes.map((size) => WORD_BYTES * valuesOf(size)));
    const [waveBytes, outBytes] = [starts.at(-1)!, outStarts.at(-1)!];
    const listBytes = WORD_BYTES * WORDS * lengths.length;
    const list = this.#rooms[this.#placed++ % 2]!.of(listBytes + waveBytes + outBytes);
    const [waves, out] = [list + listBytes, list + listBytes + waveBytes];
    const kernels = this.#kernels;
    new Int32Array(kernels.buffer, list, WORDS * lengths.length).set(
      lengths.flatMap((samples, i) => [waves + starts[i]!, samples, sizes[i]!.frames, out + outStarts[i]!]),
    );
    const args = clipsArguments(pass, bank, list, integers, this.#at);
    const scratchFloats = Math.max(0, ...sizes.map((size) => size.scratchFloats));
    return {
      set(clip, samples) {
        if (samples.length !== lengths[clip] || samples instanceof Int16Array !== integers) {
          throw new RangeError(
            `Cannot take ${samples.length} samples for clip ${clip}: wanted ${lengths[clip]} ` +
              `${integers ? "integers" : "floats"}`,
          );
        }
        const address = waves + starts[clip]!;
        if (samples instanceof Int16Array) {
          new Int16Array(kernels.buffer, address, samples.length).set(samples);
        } else new Float32Array(kernels.buffer, address, samples.length).set(samples);
      },
      start: () => kernels.start(COMPILED.spectrumOfClips, lengths.length, args, scratchFloats * WORD_BYTES),
      finish: () => kernels.finish(),
      values: () => new Float32Array(kernels.buffer, out, outBytes / WORD_BYTES),
    };
  }

  /** Gives the memory back. */
  [Symbol.dispose](): void {
    this.#kernels.finish();
    for (const room of this.#rooms) room[Symbol.dispose]();
    this.#kernels.release(this.#at.tables);
    if (this.#at.bank !== 0) this.#kernels.release(this.#at.bank);
  }
}

/** Memory that grows with what is asked for. */
class Room {
  readonly #kernels: OwnKernels;
  #address = 0;
  #bytes = 0;

  constructor(kernels: OwnKernels) {
    this.#kernels = kernels;
  }

  /** Of undefined content; what was there before is gone. */
  of(bytes: number): number {
    if (bytes > this.#bytes) {
      this[Symbol.dispose]();
      this.#bytes = Math.ceil(1.5 * bytes); // batches become longer by and by
      this.#address = this.#kernels.allocate(this.#bytes);
    }
    return this.#address;
  }

  [Symbol.dispose](): void {
    if (this.#bytes > 0) this.#kernels.release(this.#address);
    this.#bytes = 0;
  }
}

function placed(kernels: OwnKernels, table: Float32Array): number {
  const address = kernels.allocate(table.byteLength);
  new Float32Array(kernels.buffer, address, table.length).set(table);
  return address;
}

/** Where each of some pieces begins, and where the last one ends. */
function startsOf(sizes: readonly number[]): number[] {
  let end = 0;
  return [0, ...sizes.map((size) => end += size)];
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
