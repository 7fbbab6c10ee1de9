/** The same product for each row of each frame: a 1x1 convolution. */
import { type Line, QueuedLayer } from "./line.ts";
import { type Activation, ACTIVATIONS, type Machine, PANEL, wholePanels } from "./machine.ts";
import { type DenseWeights, packedDense } from "./weights.ts";

/** A product in memory. */
export class Dense {
  readonly outputs: number;
  readonly #machine: Machine;
  readonly #inputs: number;
  readonly #packed: number;
  readonly #shift: number;
  readonly #activation: number;
  readonly #multiplications: number;

  constructor(machine: Machine, weights: DenseWeights, activation: Activation) {
    const { packed, shift } = packedDense(weights);
    this.outputs = wholePanels(weights.outputs);
    this.#machine = machine;
    this.#inputs = weights.wideInputs;
    this.#packed = machine.place(packed);
    this.#shift = machine.place(shift);
    this.#activation = ACTIVATIONS[activation];
    this.#multiplications = weights.outputs * weights.inputs;
  }

  /** @param x Rows of `wideInputs` numbers, `xStep` bytes apart. @param y Rows of whole panels. */
  run(x: number, rows: number, xStep: number, y: number): void {
    const machine = this.#machine;
    machine.multiplications += rows * this.#multiplications;
    // deno-fmt-ignore
    machine.kernels.denseRows(
      x, rows, this.#inputs, xStep, this.#packed, this.outputs / PANEL, this.#shift, this.#activation, y,
      this.outputs * 4,
    );
  }
}

export class DenseLayer extends QueuedLayer {
  readonly #rows: number;
  readonly #dense: Dense;

  /** @param rows Of each frame. */
  constructor(line: Line, rows: number, weights: DenseWeights, activation: Activation) {
    super(line, { size: rows * wholePanels(weights.outputs) });
    this.#dense = new Dense(line.machine, weights, activation);
    this.#rows = rows;
  }

  run(): void {
    const { input, output } = this;
    const made = input.count;
    this.#dense.run(input.address, made * this.#rows, input.size / this.#rows * 4, output.end);
    output.grow(made);
    input.drop(made);
  }
}
