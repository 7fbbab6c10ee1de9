/** Cuts a stream of sound into overlapping windows at a model's sample rate. Pure. */
import { type Resampler, resampler } from "../audio/resample.ts";

/** How windows are cut. */
export interface WindowShape {
  /** Of the model, in Hz. */
  readonly sampleRate: number;
  /** Length of a window, in samples at that rate. */
  readonly clipSamples: number;
  /** From one window to the next. */
  readonly stepSamples: number;
}

/** A stretch of a stream. */
export interface Window {
  /** `[clipSamples]` */
  readonly samples: Float32Array;
  /** Samples, at the model's rate, from the stream's beginning to the window's end. */
  readonly end: number;
}

/** Samples at the lower rate beside a stretch that is resampled, so that its ends are as its middle: the filter's reach. */
const MARGIN = 64;

/**
 * Cuts a stream of blocks of any length into windows.
 *
 * ```ts
 * import { WindowStream } from "./lib/mod.ts";
 *
 * const stream = new WindowStream(48000, { sampleRate: 16000, clipSamples: 8000, stepSamples: 4000 });
 * const windows = stream.push(new Float32Array(48000));
 * console.log(windows.map(({ end }) => end)); // 4000, 8000, 12000
 * ```
 *
 * Before the stream there is silence. At another sample rate than the model's, windows
 * end a few milliseconds before the newest sample, as the low-pass needs what comes after.
 */
export class WindowStream {
  readonly #shape: WindowShape;
  readonly #resample: Resampler | undefined;
  readonly #ratio: number;
  /** In input samples. */
  readonly #margin: number;
  /** The last samples at the model's rate; as many as a window has. */
  readonly #recent: Float32Array;
  /** Input that is not resampled yet, with a margin before it. */
  #input: Float32Array;
  /** Of the input's first sample, counted from the stream's beginning. */
  #inputStart = 0;
  #converted = 0;
  #end = 0;

  /** A stream that begins now. @param inputRate In Hz, a whole number. */
  constructor(inputRate: number, shape: WindowShape) {
    this.#shape = shape;
    this.#resample = inputRate === shape.sampleRate ? undefined : resampler(inputRate, shape.sampleRate);
    this.#ratio = inputRate / shape.sampleRate;
    this.#margin = Math.ceil(MARGIN * Math.max(1, this.#ratio));
    this.#recent = new Float32Array(shape.clipSamples);
    this.#input = new Float32Array(0);
  }

  /** Takes in the next block. @returns The windows that are complete with this block, the oldest first. */
  push(block: Float32Array): Window[] {
    const windows: Window[] = [];
    let fresh = this.#resample === undefined ? block : this.#convert(block, this.#resample);
    while (fresh.length > 0) {
      const toNext = this.#shape.stepSamples - this.#end % this.#shape.stepSamples;
      const part = fresh.subarray(0, toNext);
      fresh = fresh.subarray(part.length);
      this.#append(part);
      if (part.length === toNext) windows.push({ samples: this.#recent.slice(), end: this.#end });
    }
    return windows;
  }

  #append(part: Float32Array): void {
    const recent = this.#recent;
    this.#end += part.length;
    if (part.length >= recent.length) return recent.set(part.subarray(part.length - recent.length));
    recent.copyWithin(0, part.length);
    recent.set(part, recent.length - part.length);
  }

  /** What of the stream, this block included, can be resampled for good. */
  #convert(block: Float32Array, resample: Resampler): Float32Array {
    const input = new Float32Array(this.#input.length + block.length);
    input.set(this.#input);
    input.set(block, this.#input.length);
    // Stretches begin at multiples of the rates' period, where an output sample lies on an input sample.
    const last = Math.floor((this.#inputStart + input.length - this.#margin) / this.#ratio);
    const result = last > this.#converted
      ? resample(input).subarray(
        this.#converted - Math.round(this.#inputStart / this.#ratio),
        last - Math.round(this.#inputStart / this.#ratio),
      )
      : new Float32Array(0);
    this.#converted = Math.max(this.#converted, last);
    this.#input = input;
    this.#dropOld();
    return result;
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
    const { sampleRate } = this.#shape;
    const inputRate = Math.round(this.#ratio * sampleRate);
    let [a, b] = [inputRate, sampleRate];
    while (b !== 0) [a, b] = [b, a % b];
    return inputRate / a;
  }
}
