/** The mean over a frame's rows. */
import { type Line, QueuedLayer } from "./line.ts";

export class MeanLayer extends QueuedLayer {
  readonly #rows: number;

  constructor(line: Line, rows: number) {
    super(line, { size: line.size / rows });
    this.#rows = rows;
  }

  run(): void {
    const { input, output } = this;
    this.machine.kernels.meanRows(input.address, input.count, this.#rows, this.size, output.end);
    output.grow(input.count);
    input.drop(input.count);
  }
}
