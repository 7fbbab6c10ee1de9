/** What is done to each frame by itself, number by number. */
import { type Layer, type Line, nowhere } from "./line.ts";
import type { Machine } from "./machine.ts";
import type { FrameQueue } from "./queue.ts";

export interface Curve {
  /** @param values Memory, in which the frame begins at `at`. */
  apply(values: Float32Array, at: number): void;
  /** Begins anew. Absent: frames know nothing of each other. */
  reset?(): void;
}

export class CurveLayer implements Layer {
  readonly input: FrameQueue;
  output: FrameQueue;
  readonly most: number;
  readonly size: number;
  readonly stride = 1;
  readonly ahead = 0;
  readonly #machine: Machine;
  readonly #curve: Curve;

  constructor(line: Line, curve: Curve) {
    this.#machine = line.machine;
    this.#curve = curve;
    this.input = line.queue(0);
    this.output = nowhere(line.machine);
    [this.most, this.size] = [line.most, line.size];
  }

  run(): void {
    const { input, output, size } = this;
    const made = input.count;
    this.#machine.move(output.end, input.address, made * size);
    const { floats } = this.#machine;
    for (let t = 0, at = output.end / 4; t < made; t++, at += size) this.#curve.apply(floats, at);
    output.grow(made);
    input.drop(made);
  }

  reset(): void {
    this.input.clear();
    this.#curve.reset?.();
  }
}
