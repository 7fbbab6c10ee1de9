/** A network that listens to a stream: each new frame is computed once. */
import type { Machine } from "./layers/machine.ts";
import type { Line } from "./layers/line.ts";
import type { FrameQueue } from "./layers/queue.ts";
import type { WaveLayer } from "./layers/wave_frames.ts";
import type { WindowReadout } from "./readout.ts";

/** What a network says of a window of a stream. */
export interface Decision {
  /** Of the window's end, from the stream's beginning. */
  readonly seconds: number;
  /** `[classes]` */
  readonly logits: Float32Array;
  /** `[classes]`, their softmax. */
  readonly probabilities: Float32Array;
}

/**
 * A network at work on a stream of samples at its own rate. All that it needs is laid out when it is opened: listening
 * allocates nothing but the decisions.
 *
 * The stream is one long clip: a decision is what the network would make of the last frames of all that was heard since
 * the beginning. Where each frame depends on the past alone (see {@link delaySeconds}), the first decision is that on a clip of
 * its own, and later ones differ from it only in that before the window there is sound and not nothing. Where the front-end
 * depends on a whole clip (its mean, median, or loudest frame), windows are clips from there on.
 */
export interface NetworkStream {
  /** In Hz. */
  readonly sampleRate: number;
  /** From one decision to the next. */
  readonly hopSeconds: number;
  /** How long after the end of its window a decision can be made: what frames see of the time after them. */
  readonly delaySeconds: number;
  /** Multiplications of sums so far; without what elementary functions take. */
  readonly multiplications: number;
  /**
   * Takes in the next samples, in blocks of any length. @returns The decisions that can be made now, the oldest first:
   * none before a whole window has been heard.
   */
  push(samples: Float32Array): Decision[];
  /**
   * Ends the stream as a clip ends. @returns The decisions that are left, the last on the last whole window. Afterwards the stream is
   * as new.
   */
  flush(): Decision[];
  /** Begins anew: nothing that was heard is left. */
  reset(): void;
}

export interface StreamParts {
  readonly machine: Machine;
  readonly line: Line;
  readonly wave: WaveLayer;
  /** Where the last layer's frames come. */
  readonly queue: FrameQueue;
  /** Of them, those of a window. */
  readonly windowFrames: number;
  /** Layers that each window goes through as a clip, and where its frames come; null: there are none. */
  readonly whole: { readonly line: Line; readonly end: FrameQueue } | null;
  readonly readout: WindowReadout;
  readonly sampleRate: number;
  readonly clipSamples: number;
  /** Frames of the queue from one decision to the next. */
  readonly stepFrames: number;
  /** Samples that are taken in at once. */
  readonly chunkSamples: number;
}

export class LaidStream implements NetworkStream {
  readonly sampleRate: number;
  readonly hopSeconds: number;
  readonly delaySeconds: number;
  readonly #parts: StreamParts;
  /** Frames that have come to the end of the line. */
  #frames = 0;
  /** Of them, where the last decision's window ended. */
  #decided = 0;

  constructor(parts: StreamParts) {
    const { line, wave, windowFrames, sampleRate, clipSamples, stepFrames } = parts;
    this.#parts = parts;
    this.sampleRate = sampleRate;
    this.hopSeconds = stepFrames * line.stride / sampleRate;
    const lastSample = (windowFrames - 1) * line.stride + line.ahead + wave.frameSamples -
      wave.samplesBefore;
    this.delaySeconds = Math.max(0, lastSample - clipSamples) / sampleRate;
    this.reset();
  }

  get multiplications(): number {
    return this.#parts.machine.multiplications;
  }

  push(samples: Float32Array): Decision[] {
    const { chunkSamples, machine, wave } = this.#parts;
    const decisions: Decision[] = [];
    for (let at = 0; at < samples.length; at += chunkSamples) {
      const chunk = samples.subarray(at, at + chunkSamples);
      machine.floats.set(chunk, wave.input.end / 4);
      wave.input.grow(chunk.length);
      this.#run(false, decisions);
    }
    return decisions;
  }

  flush(): Decision[] {
    const decisions: Decision[] = [];
    this.#run(true, decisions);
    const { windowFrames } = this.#parts;
    const [frames, decided] = [this.#frames, this.#decided];
    if (frames >= windowFrames && decided < frames) decisions.push(this.#decide(frames));
    this.reset();
    return decisions;
  }

  reset(): void {
    const { line, queue } = this.#parts;
    for (const layer of line.layers) layer.reset();
    queue.clear();
    [this.#frames, this.#decided] = [0, 0];
  }

  #run(isLast: boolean, decisions: Decision[]): void {
    const { line, queue, windowFrames, stepFrames } = this.#parts;
    const before = queue.count;
    for (const layer of line.layers) layer.run(isLast);
    this.#frames += queue.count - before;
    for (;;) {
      const end = this.#decided === 0 ? windowFrames : this.#decided + stepFrames;
      if (end > this.#frames) break;
      decisions.push(this.#decide(end));
    }
    queue.drop(Math.max(0, queue.count - windowFrames));
  }

  /** @param end Of the window, in frames from the stream's beginning. */
  #decide(end: number): Decision {
    const { line, queue, windowFrames, readout, sampleRate, clipSamples } = this.#parts;
    this.#decided = end;
    const first = end - windowFrames;
    const place = queue.count - (this.#frames - first);
    return {
      seconds: (first * line.stride + clipSamples) / sampleRate,
      ...readout.read(this.#wholeAt(place)),
    };
  }

  /** @param first Of a window, in the queue. @returns The same where it is read out. */
  #wholeAt(first: number): number {
    const { whole, queue, windowFrames, machine } = this.#parts;
    if (whole === null) return first;
    const { line: { layers }, end } = whole;
    for (const layer of layers) layer.reset();
    end.clear();
    const { input } = layers[0]!;
    machine.move(input.address, queue.address + first * queue.size * 4, windowFrames * queue.size);
    input.grow(windowFrames);
    for (const layer of layers) layer.run(true);
    return 0;
  }
}
