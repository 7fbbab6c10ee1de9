/** BC-ResNet's block over a stream: what has two dimensions waits until what is along time alone has seen what it needs. */
import { Dense } from "./dense.ts";
import { Depthwise } from "./depthwise.ts";
import { type Line, QueuedLayer } from "./line.ts";
import { ACTIVATIONS, wholePanels } from "./machine.ts";
import { FrameQueue } from "./queue.ts";
import { type Taps, TimeWindow } from "./time_window.ts";
import type { Affine, DenseWeights } from "./weights.ts";

export interface BroadcastShape {
  readonly channels: number;
  /** Of the input and behind the stride. */
  readonly rows: number;
  readonly outRows: number;
  readonly strideF: number;
  /** Whether the input is added before the last relu. */
  readonly residual: boolean;
  readonly time: Taps;
}

export interface BroadcastWeights {
  /** The product before everything, and the normalisation behind it; null: there is none. */
  readonly first: DenseWeights | null;
  /** `[C, 1, 3, 1]`, with the normalisation of each row. */
  readonly frequency: ArrayLike<number>;
  readonly ofRows: readonly Affine[];
  /** `[C, 1, 1, 3]`, with its normalisation. */
  readonly time: ArrayLike<number>;
  readonly ofTime: Affine;
  readonly last: DenseWeights;
}

export class BroadcastLayer extends QueuedLayer {
  readonly #shape: BroadcastShape;
  readonly #wide: number;
  readonly #first: Dense | null;
  readonly #mapped: number;
  readonly #frequency: Depthwise;
  /** Frames of two dimensions that wait for theirs of one. */
  readonly #waiting: FrameQueue;
  readonly #means: FrameQueue;
  readonly #window: TimeWindow;
  readonly #time: Depthwise;
  readonly #last: Dense;
  readonly #inTime: number;
  readonly #added: number;

  constructor(line: Line, shape: BroadcastShape, weights: BroadcastWeights) {
    const { machine, most } = line;
    const { channels, rows, outRows, strideF, time } = shape;
    const wide = wholePanels(channels);
    super(line, { most: TimeWindow.most(most, time), size: outRows * wide, ahead: TimeWindow.ahead(time) });
    this.#shape = shape;
    this.#wide = wide;
    this.#first = weights.first === null ? null : new Dense(machine, weights.first, "relu");
    this.#mapped = this.#first === null ? 0 : machine.allocate(most * rows * wide);
    const once = { width: 1, dilation: 1, stride: 1, lead: 0 };
    const frequency = { channels, rows, outRows, height: 3, strideF, padF: 1, time: once };
    this.#frequency = new Depthwise(machine, frequency, weights.frequency, weights.ofRows, "none");
    const inTime = { channels, rows: 1, outRows: 1, height: 1, strideF: 1, padF: 0, time };
    this.#time = new Depthwise(machine, inTime, weights.time, [weights.ofTime], "swish");
    this.#last = new Dense(machine, weights.last, "none");
    this.#waiting = new FrameQueue(machine, this.size, most + this.ahead);
    this.#means = new FrameQueue(machine, wide, most + TimeWindow.retained(time));
    this.#window = new TimeWindow(this.#means, time);
    this.#inTime = machine.allocate(this.most * wide);
    this.#added = machine.allocate(this.most * wide);
  }

  run(isLast: boolean): void {
    this.#takeIn(this.input.count);
    this.#make(this.#window.ready(isLast));
  }

  override reset(): void {
    super.reset();
    this.#waiting.clear();
    this.#window.reset();
  }

  #takeIn(count: number): void {
    const { kernels } = this.machine;
    const { rows, outRows, residual } = this.#shape;
    const { input } = this;
    const [wide, waiting, means] = [this.#wide, this.#waiting, this.#means];
    if (this.#first !== null) {
      this.#first.run(input.address, count * rows, input.size / rows * 4, this.#mapped);
    }
    this.#frequency.run(this.#first === null ? input.address : this.#mapped, count, waiting.end);
    kernels.meanRows(waiting.end, count, outRows, wide, means.end);
    if (residual) {
      const none = ACTIVATIONS.none;
      kernels.addFrames(waiting.end, count, outRows, wide, input.address, outRows, none, waiting.end);
    }
    means.grow(count);
    waiting.grow(count);
    input.drop(count);
  }

  #make(count: number): void {
    const wide = this.#wide;
    this.#time.run(this.#means.address, count, this.#inTime);
    this.#last.run(this.#inTime, count, wide * 4, this.#added);
    // deno-fmt-ignore
    this.machine.kernels.addFrames(
      this.#waiting.address, count, this.#shape.outRows, wide, this.#added, 1, ACTIVATIONS.relu, this.output.end,
    );
    this.output.grow(count);
    this.#waiting.drop(count);
    this.#window.advance(count);
  }
}
