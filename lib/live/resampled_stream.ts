/** A stream of sound at another sample rate. Pure. */
import { type Resampler, resampler } from "../audio/resample.ts";

/** Samples at the lower rate beside a stretch that is resampled, so that its ends are as its middle: the filter's reach. */
const MARGIN = 64;

/** Gives of blocks of any length what resampling gives of the whole. */
export class ResampledStream {
  readonly #resample: Resampler | undefined;
  readonly #outputRate: number;
  readonly #ratio: number;
  /** In input samples. */
  readonly #margin: number;
  /** Input that is not resampled yet, with a margin before it. */
  #input = new Float32Array(0);
  /** Of the input's first sample, counted from the stream's beginning. */
  #inputStart = 0;
  #converted = 0;

  /** A stream that begins now. @param inputRate In Hz, a whole number, as the other. */
  constructor(inputRate: number, outputRate: number) {
    this.#resample = inputRate === outputRate ? undefined : resampler(inputRate, outputRate);
    this.#outputRate = outputRate;
    this.#ratio = inputRate / outputRate;
    this.#margin = Math.ceil(MARGIN * Math.max(1, this.#ratio));
  }

  /** What of the stream, this block included, can be resampled for good and was not yet. */
  push(block: Float32Array): Float32Array {
    if (this.#resample === undefined) return block;
    const input = new Float32Array(this.#input.length + block.length);
    input.set(this.#input);
    input.set(block, this.#input.length);
    // Stretches begin at multiples of the rates' period, where an output sample lies on an input sample.
    const last = Math.floor((this.#inputStart + input.length - this.#margin) / this.#ratio);
    const result = last > this.#converted
      ? this.#resample(input).subarray(
        this.#converted - Math.round(this.#inputStart / this.#ratio),
        last - Math.round(this.#inputStart / this.#ratio),
      )
      : new Float32Array(0);
    this.#converted = Math.max(this.#converted, last);
    this.#input = input;
    this.#dropOld();
    return result;
  }

  /** What is left, with silence behind the stream. Afterwards the stream is as new. */
  flush(): Float32Array {
    const rest = this.#resample === undefined
      ? new Float32Array(0)
      : this.push(new Float32Array(this.#margin));
    [this.#input, this.#inputStart, this.#converted] = [new Float32Array(0), 0, 0];
    return rest;
  }

  #dropOld(): void {
    const wanted = Math.floor(this.#converted * this.#ratio) - this.#margin;
    const period = this.#period();
    const start = Math.max(0, Math.floor(wanted / period) * period);
    if (start <= this.#inputStart) return;
    this.#input = this.#input.slice(start - this.#inputStart);
    this.#inputStart = start;
  }

  /** Input samples after which the two rates meet again. */
  #period(): number {
    const inputRate = Math.round(this.#ratio * this.#outputRate);
    let [a, b] = [inputRate, this.#outputRate];
    while (b !== 0) [a, b] = [b, a % b];
    return inputRate / a;
  }
}
