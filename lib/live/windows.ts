/** Cuts a stream of sound into overlapping windows at a model's sample rate. Pure. */
import { ResampledStream } from "./resampled_stream.ts";

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
  readonly #resampled: ResampledStream;
  /** The last samples at the model's rate; as many as a window has. */
  readonly #recent: Float32Array;
  #end = 0;

  /** A stream that begins now. @param inputRate In Hz, a whole number. */
  constructor(inputRate: number, shape: WindowShape) {
    this.#shape = shape;
    this.#resampled = new ResampledStream(inputRate, shape.sampleRate);
    this.#recent = new Float32Array(shape.clipSamples);
  }

  /** Takes in the next block. @returns The windows that are complete with this block, the oldest first. */
  push(block: Float32Array): Window[] {
    return this.#taken(this.#resampled.push(block));
  }

  /** Ends the stream. @returns The windows that are left, one that ends with the stream included. */
  flush(): Window[] {
    const windows = this.#taken(this.#resampled.flush());
    if (this.#end % this.#shape.stepSamples === 0) return windows;
    return [...windows, { samples: this.#recent.slice(), end: this.#end }];
  }

  /** @param given At the model's rate. */
  #taken(given: Float32Array): Window[] {
    const windows: Window[] = [];
    let fresh = given;
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
}
