/** {@link spectrum} from smaller operations. */
import * as tf from "@tensorflow/tfjs";
import { bandEnergies } from "../band_energies/op.ts";
import { kernelPower } from "../framed_power/kernel_power.ts";
import { melLog } from "../mel_log/op.ts";
import { masked } from "../standard/masked.ts";
import type { SpectrumForm } from "./pass.ts";
import type { DftKernels, TensorBank } from "./types.ts";

export function spectrumComposite(
  wave: tf.Tensor2D,
  { wcos, wsin }: DftKernels,
  form: SpectrumForm,
  bank: TensorBank | null,
): tf.Tensor3D {
  const { root, mask } = form;
  const power = kernelPower(wave, wcos, wsin, form);
  const seen = masked(root ? tf.sqrt(power) : power, mask);
  if (bank === null) return seen;
  const { weights, logOffset } = bank;
  return logOffset === null ? bandEnergies(seen, weights) : melLog(seen, weights, logOffset);
}
