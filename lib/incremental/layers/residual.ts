/** Layers with a way past them: what goes past waits until they have made theirs, then both are added. */
import { Dense } from "./dense.ts";
import { type Layer, Line, nowhere } from "./line.ts";
import { ACTIVATIONS, type Machine } from "./machine.ts";
import { FrameQueue } from "./queue.ts";
import type { DenseWeights } from "./weights.ts";

export class ResidualLayer implements Layer {
  readonly input: FrameQueue;
  output: FrameQueue;
  readonly most: number;
  readonly size: number;
  readonly stride = 1;
  readonly ahead: number;
  readonly #machine: Machine;
  readonly #inside: readonly Layer[];
  readonly #through: FrameQueue;
  readonly #past: Dense;
  readonly #waiting: FrameQueue;

  /** @param lay Adds the layers, whose frames are as large as those of the way past, and none of which has a stride. */
  constructor(line: Line, past: DenseWeights, lay: (inside: Line) => void) {
    const { machine, most, size } = line;
    this.#machine = machine;
    const inside = new Line(machine, size, most);
    lay(inside);
    this.#inside = inside.layers;
    this.#through = inside.end(0);
    this.#past = new Dense(machine, past, "none");
    this.input = line.queue(0);
    this.output = nowhere(machine);
    [this.most, this.size, this.ahead] = [inside.most, inside.size, inside.ahead];
    this.#waiting = new FrameQueue(machine, this.size, most + this.ahead);
  }

  run(isLast: boolean): void {
    const { input, output } = this;
    const [waiting, through, { input: first }] = [this.#waiting, this.#through, this.#inside[0]!];
    const come = input.count;
    this.#past.run(input.address, come, input.size * 4, waiting.end);
    waiting.grow(come);
    this.#machine.move(first.end, input.address, come * input.size);
    first.grow(come);
    input.drop(come);
    for (const layer of this.#inside) layer.run(isLast);
    const made = through.count;
    // deno-fmt-ignore
    this.#machine.kernels.addFrames(
      waiting.address, made, 1, this.size, through.address, 1, ACTIVATIONS.relu, output.end,
    );
    output.grow(made);
    waiting.drop(made);
    through.drop(made);
  }

  reset(): void {
    this.input.clear();
    this.#waiting.clear();
    this.#through.clear();
    for (const layer of this.#inside) layer.reset();
  }
}
