/** A convolution that sees all channels of bands over time: what lies under its kernel, then a product. */
import { Dense } from "./dense.ts";
import type { Line } from "./line.ts";
import { type Activation, wholePanels } from "./machine.ts";
import { type Taps, WindowedLayer } from "./time_window.ts";
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

export class PatchLayer extends WindowedLayer {
  readonly #shape: PatchShape;
  readonly #patch: number;
  readonly #patches: number;
  readonly #dense: Dense;

  /** @param weight `[out, channels, height, width]`. */
  constructor(
    line: Line,
    shape: PatchShape,
    weight: ArrayLike<number>,
    affine: Affine,
    activation: Activation,
  ) {
    const { channels, height, outRows, time } = shape;
    const outputs = affine.scale.length;
    super(line, time, outRows * wholePanels(outputs));
    this.#shape = shape;
    this.#patch = channels * height * time.width;
    const weights = { matrix: weight, outputs, inputs: this.#patch, wideInputs: this.#patch, affine };
    this.#dense = new Dense(line.machine, weights, activation);
    this.#patches = line.machine.allocate(this.most * outRows * this.#patch);
  }

  protected make(frames: number, out: number): void {
    const { input } = this;
    const { channels, bands, outRows, height, strideF, padF, time } = this.#shape;
    const [frame, row] = [input.size * 4, this.#patch * 4];
    for (let channel = 0; channel < channels; channel++) {
      // deno-fmt-ignore
      this.machine.kernels.framePatches(
        input.address + channel * bands * 4, frames, frame * time.stride, bands, outRows, height, strideF, padF,
        time.width, frame * time.dilation, this.#patches + channel * height * time.width * 4, row,
      );
    }
    this.#dense.run(this.#patches, frames * outRows, row, out);
  }
}
