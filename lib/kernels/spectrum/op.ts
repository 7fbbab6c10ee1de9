/** Spectra of the fixed short-time Fourier transform, and what fixed filters make of them. */
import type * as tf from "@tensorflow/tfjs";
import { checkFloat, checkShape } from "../operation/shapes.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { spectrumComposite } from "./composite.ts";
import type { SpectrumForm } from "./pass.ts";
import type { DftKernels, TensorBank } from "./types.ts";
import { spectrumWasm } from "./wasm.ts";

export type { DftKernels, TensorBank } from "./types.ts";

const run = withKernels(spectrumComposite, { wasm: spectrumWasm });

/**
 * What `framedPower` gives with the kernels of the periodic Hann window, then root, mask and bank as the form asks.
 * WebAssembly does not multiply with the kernels but computes a fast Fourier transform in float32, whose error in any
 * bin is below 2.5e-7 of the frame's largest amplitude, a third of what the product's is: quiet bins of a loud frame
 * keep what float32 holds of them. Elsewhere it is the product. Nothing has a gradient.
 *
 * @param wave `[B, samples]`. @param kernels With the values of `dftBasis`.
 * @returns `[B, M, T]` with a bank, else `[B, T, bins]`.
 */
export function spectrum(
  wave: tf.Tensor2D,
  kernels: DftKernels,
  form: SpectrumForm,
  bank: TensorBank | null,
): tf.Tensor3D {
  const bins = Math.floor(form.nFft / 2) + 1;
  checkFloat("spectrum", "wave", wave);
  checkShape("spectrum", "wave", wave.shape, [null, null]);
  checkShape("spectrum", "wcos", kernels.wcos.shape, [bins, 1, form.nFft]);
  checkShape("spectrum", "wsin", kernels.wsin.shape, kernels.wcos.shape);
  if (bank !== null) checkShape("spectrum", "bank", bank.weights.shape, [null, bins]);
  return run(wave, kernels, form, bank);
}
