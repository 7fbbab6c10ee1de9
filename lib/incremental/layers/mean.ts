/** The mean over a frame's rows. */
import { type Layer, type Line, nowhere } from "./line.ts";
import type { Machine } from "./machine.ts";
import type { FrameQueue } from "./queue.ts";

export class MeanLayer implements Layer {
  readonly input: FrameQueue;
  output: FrameQueue;
  readonly most: number;
  readonly size: number;
  readonly stride = 1;
  readonly ahead = 0;
  readonly #machine: Machine;
  readonly #rows: number;

  constructor(line: Line, rows: number) {
    this.#machine = line.machine;
    this.#rows = rows;
    this.input = line.queue(0);
    this.output = nowhere(line.machine);
    this.most = line.most;
    this.size = line.size / rows;
  }

  run(): void {
    const { input, output } = this;
    this.#machine.kernels.meanRows(input.address, input.count, this.#rows, this.size, output.end);
    output.grow(input.count);
    input.drop(input.count);
  }

  reset(): void {
    this.input.clear();
  }
}
