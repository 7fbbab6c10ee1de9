/** A convolution that sees all channels of bands over time: what lies under its kernel, then a product. */
import { Dense } from "./dense.ts";
import type { Layer, Line } from "./line.ts";
import { nowhere } from "./line.ts";
import type { Activation, Machine } from "./machine.ts";
import type { FrameQueue } from "./queue.ts";
import { type Taps, TimeWindow } from "./time_window.ts";
import type { Affine } from "./weights.ts";

export interface PatchShape {
  readonly channels: number;
  readonly bands: number;
  readonly outRows: number;
  readonly height: number;
  readonly strideF: number;
  readonly padF: number;
  readonly time: Taps;
}

export class PatchLayer implements Layer {
  readonly input: FrameQueue;
  output: FrameQueue;
  readonly most: number;
  readonly size: number;
  readonly stride: number;
  readonly ahead: number;
  readonly #machine: Machine;
  readonly #shape: PatchShape;
  readonly #patch: number;
  readonly #patches: number;
  readonly #dense: Dense;
  readonly #window: TimeWindow;

  /** @param weight `[out, channels, height, width]`. */
  constructor(
    line: Line,
    shape: PatchShape,
    weight: ArrayLike<number>,
    affine: Affine,
    activation: Activation,
  ) {
    const { channels, height, outRows, time } = shape;
    this.#machine = line.machine;
    this.#shape = shape;
    this.#patch = channels * height * time.width;
    const outputs = affine.scale.length;
    const weights = { matrix: weight, outputs, inputs: this.#patch, wideInputs: this.#patch, affine };
    this.#dense = new Dense(line.machine, weights, activation);
    this.input = line.queue(TimeWindow.retained(time));
    this.output = nowhere(line.machine);
    this.#window = new TimeWindow(this.input, time);
    this.most = TimeWindow.most(line.most, time);
    this.#patches = line.machine.allocate(this.most * outRows * this.#patch);
    this.size = outRows * this.#dense.outputs;
    this.stride = time.stride;
    this.ahead = TimeWindow.ahead(time);
  }

  run(isLast: boolean): void {
    const { input, output } = this;
    const { channels, bands, outRows, height, strideF, padF, time } = this.#shape;
    const made = this.#window.ready(isLast);
    const [frame, row] = [input.size * 4, this.#patch * 4];
    for (let channel = 0; channel < channels; channel++) {
      // deno-fmt-ignore
      this.#machine.kernels.framePatches(
        input.address + channel * bands * 4, made, frame * time.stride, bands, outRows, height, strideF, padF, time.width,
        frame * time.dilation, this.#patches + channel * height * time.width * 4, row,
      );
    }
    this.#dense.run(this.#patches, made * outRows, row, output.end);
    output.grow(made);
    this.#window.advance(made);
  }

  reset(): void {
    this.#window.reset();
  }
}
