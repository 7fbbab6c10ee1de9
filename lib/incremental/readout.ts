/** What a stream reads out of its last frames: one decision for each window. */
import type { Machine } from "./layers/machine.ts";
import type { FrameQueue } from "./layers/queue.ts";
import type { Readout } from "./models/contract.ts";
import { Dense } from "./layers/dense.ts";
import { nothing } from "./layers/weights.ts";

export class WindowReadout {
  /** Frames of a window. */
  readonly frames: number;
  readonly #machine: Machine;
  readonly #queue: FrameQueue;
  readonly #over: Readout["over"];
  readonly #classes: number;
  readonly #bias: ArrayLike<number>;
  readonly #dense: Dense;
  /** One frame, and behind it logits. */
  readonly #mean: number;
  readonly #logits: number;
  readonly #sums: Float64Array;

  /** @param queue Where the frames come. @param size Numbers of a frame that are there. */
  constructor(
    machine: Machine,
    queue: FrameQueue,
    { over, weight, bias }: Readout,
    frames: number,
    size: number,
    classes: number,
  ) {
    this.#machine = machine;
    this.#queue = queue;
    this.frames = frames;
    this.#over = over;
    this.#classes = classes;
    this.#bias = bias;
    const places = over === "mean" ? 1 : frames;
    const wide = places * queue.size;
    const matrix = new Float32Array(classes * wide);
    for (let row = 0; row < classes * places; row++) {
      for (let i = 0; i < size; i++) matrix[row * queue.size + i] = weight[row * size + i]!;
    }
    const weights = { matrix, outputs: classes, inputs: wide, wideInputs: wide, affine: nothing(classes) };
    this.#dense = new Dense(machine, weights, "none");
    this.#mean = machine.allocate(queue.size);
    this.#logits = machine.allocate(this.#dense.outputs);
    this.#sums = new Float64Array(queue.size);
  }

  /** @param first Of the window, in the queue. @returns `[classes]` each. */
  read(first: number): { readonly logits: Float32Array; readonly probabilities: Float32Array } {
    const { size, address } = this.#queue;
    const from = address + first * size * 4;
    const x = this.#over === "mean" ? this.#meanOf(from) : from;
    this.#dense.run(x, 1, 0, this.#logits);
    const logits = this.#machine.view(this.#logits, this.#classes).map((sum, c) => sum + this.#bias[c]!);
    return { logits, probabilities: softmax(logits) };
  }

  /** Added up anew each time: a sum that slides would drift. @returns The address. */
  #meanOf(from: number): number {
    const { size } = this.#queue;
    const [values, sums] = [this.#machine.floats, this.#sums.fill(0)];
    for (let at = from / 4, t = 0; t < this.frames; t++) {
      for (let c = 0; c < size; c++, at++) sums[c]! += values[at]!;
    }
    for (let c = 0; c < size; c++) values[this.#mean / 4 + c] = sums[c]! / this.frames;
    return this.#mean;
  }
}

function softmax(logits: Float32Array): Float32Array {
  const most = Math.max(...logits);
  const shares = logits.map((logit) => Math.exp(logit - most));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}
