/** A convolution of each channel by itself over rows and frames. */
import type { Line } from "./line.ts";
import { type Activation, ACTIVATIONS, type Machine, wholePanels } from "./machine.ts";
import { type Taps, WindowedLayer } from "./time_window.ts";
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

export class DepthwiseLayer extends WindowedLayer {
  readonly #depthwise: Depthwise;

  constructor(
    line: Line,
    shape: DepthwiseShape,
    weight: ArrayLike<number>,
    affine: Affine,
    activation: Activation,
  ) {
    super(line, shape.time, shape.outRows * wholePanels(shape.channels));
    this.#depthwise = new Depthwise(line.machine, shape, weight, [affine], activation);
  }

  protected make(frames: number, out: number): void {
    this.#depthwise.run(this.input.address, frames, out);
  }
}
