/** Spectra of the fixed short-time Fourier transform, and what fixed filters make of them. */
import type * as tf from "@tensorflow/tfjs";
import { binCount } from "../../audio/framing.ts";
import { extendedWave } from "../framed_power/extended_wave.ts";
import { checkFloat, checkShape } from "../operation/shapes.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { spectrumComposite } from "./composite.ts";
import type { SpectrumForm } from "./pass.ts";
import type { DftKernels, TensorBank } from "./types.ts";
import { spectrumWasm } from "./wasm.ts";

export type { DftKernels, TensorBank } from "./types.ts";

const run = withKernels(spectrumComposite, { wasm: spectrumWasm });

/**
 * What `kernelPower` gives with the kernels of the form, then root, mask and bank as it asks. Where bins are those of the
 * DFT, WebAssembly does not multiply with the kernels but computes a fast Fourier transform in float32, whose error in
 * any bin is below 2.5e-7 of the frame's largest amplitude, a third of what the product's is: quiet bins of a loud frame
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
  const { frameSamples, padding, isDft, conditioning } = form;
  const { wcos, wsin } = kernels;
  checkFloat("spectrum", "wave", wave);
  checkShape("spectrum", "wave", wave.shape, [null, null]);
  checkShape("spectrum", "wcos", wcos.shape, [isDft ? binCount(form.nFft) : null, 1, frameSamples]);
  checkShape("spectrum", "wsin", wsin.shape, wcos.shape);
  const columns = wcos.shape[0] + (conditioning?.energy === true ? 1 : 0);
  if (bank !== null) checkShape("spectrum", "bank", bank.weights.shape, [null, columns]);
  if (padding === "reflect") return run(wave, kernels, form, bank);
  return run(extendedWave(wave, form), kernels, { ...form, padding: "within" }, bank);
}
