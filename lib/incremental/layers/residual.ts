/** Layers with a way past them: what goes past waits until they have made theirs, then both are added. */
import { Dense } from "./dense.ts";
import { type Layer, Line, QueuedLayer } from "./line.ts";
import { ACTIVATIONS } from "./machine.ts";
import { FrameQueue } from "./queue.ts";
import type { DenseWeights } from "./weights.ts";

export class ResidualLayer extends QueuedLayer {
  readonly #inside: readonly Layer[];
  readonly #through: FrameQueue;
  readonly #past: Dense;
  readonly #waiting: FrameQueue;

  /** @param lay Adds the layers, whose frames are as large as those of the way past, and none of which has a stride. */
  constructor(line: Line, past: DenseWeights, lay: (inside: Line) => void) {
    const { machine, most, size } = line;
    const inside = new Line(machine, size, most);
    lay(inside);
    super(line, { most: inside.most, size: inside.size, ahead: inside.ahead });
    this.#inside = inside.layers;
    this.#through = inside.end(0);
    this.#past = new Dense(machine, past, "none");
    this.#waiting = new FrameQueue(machine, this.size, most + this.ahead);
  }

  run(isLast: boolean): void {
    const { input, output, machine } = this;
    const [waiting, through, { input: first }] = [this.#waiting, this.#through, this.#inside[0]!];
    const come = input.count;
    this.#past.run(input.address, come, input.size * 4, waiting.end);
    waiting.grow(come);
    machine.move(first.end, input.address, come * input.size);
    first.grow(come);
    input.drop(come);
    for (const layer of this.#inside) layer.run(isLast);
    const made = through.count;
    machine.kernels.addFrames(
      waiting.address,
      made,
      1,
      this.size,
      through.address,
      1,
      ACTIVATIONS.relu,
      output.end,
    );
    output.grow(made);
    waiting.drop(made);
    through.drop(made);
  }

  override reset(): void {
    super.reset();
    this.#waiting.clear();
    this.#through.clear();
    for (const layer of this.#inside) layer.reset();
  }
}
