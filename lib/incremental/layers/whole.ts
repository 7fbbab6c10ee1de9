/** What needs all frames of a clip at once: run at its end. */
import { type Line, QueuedLayer } from "./line.ts";
import { wholePanels } from "./machine.ts";

export interface WholeClip {
  /** Numbers of a frame that it makes. */
  readonly outputs: number;
  /** @param x `[frames, inputs]`. @param y `[frames, outputs]`, for what it makes. */
  apply(x: Float32Array, frames: number, y: Float32Array): void;
}

export class WholeLayer extends QueuedLayer {
  readonly #step: WholeClip;
  readonly #inputs: number;
  readonly #x: Float32Array;
  readonly #y: Float32Array;

  /** @param line Of clips that come whole. @param inputs Numbers of a frame that are there. */
  constructor(line: Line, step: WholeClip, inputs: number) {
    super(line, { size: wholePanels(step.outputs) });
    this.#step = step;
    this.#inputs = inputs;
    this.#x = new Float32Array(line.most * inputs);
    this.#y = new Float32Array(line.most * step.outputs);
  }

  run(isLast: boolean): void {
    if (!isLast) return;
    const { input, output, size, machine: { floats } } = this;
    const [frames, inputs, { outputs }] = [input.count, this.#inputs, this.#step];
    for (let t = 0; t < frames; t++) {
      const from = input.address / 4 + t * input.size;
      this.#x.set(floats.subarray(from, from + inputs), t * inputs);
    }
    this.#step.apply(this.#x, frames, this.#y);
    for (let t = 0; t < frames; t++) {
      floats.set(this.#y.subarray(t * outputs, (t + 1) * outputs), output.end / 4 + t * size);
    }
    output.grow(frames);
    input.drop(frames);
  }
}
