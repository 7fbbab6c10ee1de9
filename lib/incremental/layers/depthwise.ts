/** A convolution of each channel by itself over rows and frames. */
import type { Layer, Line } from "./line.ts";
import { nowhere } from "./line.ts";
import { type Activation, ACTIVATIONS, type Machine, wholePanels } from "./machine.ts";
import type { FrameQueue } from "./queue.ts";
import { type Taps, TimeWindow } from "./time_window.ts";
import { type Affine, depthwiseTaps } from "./weights.ts";

export interface DepthwiseShape {
  readonly channels: number;
  /** Of the input. */
  readonly rows: number;
  readonly outRows: number;
  /** Of the kernel over rows; rows of zeros before the first. */
  readonly height: number;
  readonly strideF: number;
  readonly padF: number;
  readonly time: Taps;
}

/** A depthwise convolution in memory. */
export class Depthwise {
  readonly #machine: Machine;
  readonly #shape: DepthwiseShape;
  readonly #taps: number;
  readonly #shift: number;
  readonly #ofRows: boolean;
  readonly #activation: number;

  /** @param weight `[C, 1, height, width]`. @param affines What follows: of each row of output, or one for all. */
  constructor(
    machine: Machine,
    shape: DepthwiseShape,
    weight: ArrayLike<number>,
    affines: readonly Affine[],
    activation: Activation,
  ) {
    const { taps, shift } = depthwiseTaps(weight, shape.channels, affines);
    this.#machine = machine;
    this.#shape = shape;
    this.#taps = machine.place(taps);
    this.#shift = machine.place(shift);
    this.#ofRows = affines.length > 1;
    this.#activation = ACTIVATIONS[activation];
  }

  /** @param x The first frame that the first output sees. @param y Where outputs go, one behind the other. */
  run(x: number, frames: number, y: number): void {
    const { channels, rows, outRows, height, strideF, padF, time } = this.#shape;
    const machine = this.#machine;
    const wide = wholePanels(channels);
    const frame = rows * wide * 4;
    machine.multiplications += frames * outRows * channels * height * time.width;
    // deno-fmt-ignore
    machine.kernels.depthwiseFrames(
      x, frames, frame * time.stride, rows, outRows, wide, height, strideF, padF, time.width, frame * time.dilation,
      this.#taps, this.#ofRows ? height * time.width * wide * 4 : 0, this.#shift, this.#ofRows ? wide * 4 : 0,
      this.#activation, y,
    );
  }
}

export class DepthwiseLayer implements Layer {
  readonly input: FrameQueue;
  output: FrameQueue;
  readonly most: number;
  readonly size: number;
  readonly stride: number;
  readonly ahead: number;
  readonly #depthwise: Depthwise;
  readonly #window: TimeWindow;

  constructor(
    line: Line,
    shape: DepthwiseShape,
    weight: ArrayLike<number>,
    affine: Affine,
    activation: Activation,
  ) {
    const { time, outRows, channels } = shape;
    this.#depthwise = new Depthwise(line.machine, shape, weight, [affine], activation);
    this.input = line.queue(TimeWindow.retained(time));
    this.output = nowhere(line.machine);
    this.#window = new TimeWindow(this.input, time);
    this.most = TimeWindow.most(line.most, time);
    this.size = outRows * wholePanels(channels);
    this.stride = time.stride;
    this.ahead = TimeWindow.ahead(time);
  }

  run(isLast: boolean): void {
    const made = this.#window.ready(isLast);
    this.#depthwise.run(this.input.address, made, this.output.end);
    this.output.grow(made);
    this.#window.advance(made);
  }

  reset(): void {
    this.#window.reset();
  }
}
