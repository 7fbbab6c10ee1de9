/** Power spectra as products of frames with kernels, whatever these are. */
import type { TransformForm } from "../../kernels/spectrum/pass.ts";
import { Dense } from "./dense.ts";
import type { Line } from "./line.ts";
import { wholePanels } from "./machine.ts";
import { WaveFrames } from "./wave_frames.ts";
import { nothing } from "./weights.ts";

export interface KernelForm extends TransformForm {
  /** Added to the power of every bin. */
  readonly powerEpsilon: number;
}

export class KernelFrames extends WaveFrames {
  readonly #form: KernelForm;
  readonly #bins: number;
  readonly #parts: Dense;
  /** Real and imaginary parts of each frame. */
  readonly #made: number;

  /** @param kernels `[bins, 1, frameSamples]` each. */
  constructor(
    line: Line,
    form: KernelForm,
    { wcos, wsin }: { readonly wcos: Float32Array; readonly wsin: Float32Array },
  ) {
    const { frameSamples, conditioning } = form;
    const bins = wcos.length / frameSamples;
    super(line, form, wholePanels(bins + (conditioning?.energy === true ? 1 : 0)));
    this.#form = form;
    this.#bins = bins;
    const wide = wholePanels(bins);
    const scale = conditioning?.scale ?? 1;
    const matrix = new Float64Array(2 * wide * frameSamples);
    matrix.set(wcos.map((weight) => weight * scale));
    matrix.set(wsin.map((weight) => weight * scale), wide * frameSamples);
    const inputs = { inputs: frameSamples, wideInputs: frameSamples };
    const weights = { matrix, outputs: 2 * wide, ...inputs, affine: nothing(2 * wide) };
    this.#parts = new Dense(line.machine, weights, "none");
    this.#made = line.machine.allocate(this.most * 2 * wide);
  }

  protected make(wave: number, frames: number, out: number): void {
    const { hopSamples, powerEpsilon, conditioning } = this.#form;
    const wide = wholePanels(this.#bins);
    this.#parts.run(wave, frames, hopSamples * 4, this.#made);
    this.machine.kernels.powerRows(this.#made, frames, wide, powerEpsilon, out, this.size * 4);
    if (conditioning?.energy !== true) return;
    for (let t = 0; t < frames; t++) {
      this.machine.floats[out / 4 + t * this.size + this.#bins] = this.#energy(wave / 4 + t * hopSamples);
    }
  }

  /** The sum of squares of a frame's samples, or of their distances from their mean. */
  #energy(from: number): number {
    const { frameSamples, conditioning } = this.#form;
    const { scale, removeDc } = conditioning!;
    const { floats } = this.machine;
    let [sum, squares] = [0, 0];
    for (let i = 0; i < frameSamples; i++) {
      sum += floats[from + i]!;
      squares += floats[from + i]! ** 2;
    }
    return scale ** 2 * (removeDc ? Math.max(0, squares - sum ** 2 / frameSamples) : squares);
  }
}
