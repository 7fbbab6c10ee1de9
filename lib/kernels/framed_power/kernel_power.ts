/** Power spectrogram with given kernels, of waves as a transform takes them in. */
import * as tf from "@tensorflow/tfjs";
import type { Conditioning } from "../../audio/conditioning.ts";
import type { Framing } from "../../audio/framing.ts";
import { frameEnergies } from "./frame_energies.ts";
import { framedPower } from "./op.ts";

export interface KernelPowerOptions extends Framing {
  /** Of which scale and energy are done here, the rest is in the kernels. */
  readonly conditioning: Conditioning | null;
  readonly powerEpsilon: number;
}

/**
 * {@link framedPower} of the scaled wave, and behind its bins the frames' energies where they are asked for. Gradients
 * exist for the kernels.
 *
 * @param wave `[B, samples]`. @returns `[B, T, bins]`, or one column more.
 */
export function kernelPower(
  wave: tf.Tensor2D,
  wcos: tf.Tensor3D,
  wsin: tf.Tensor3D,
  options: KernelPowerOptions,
): tf.Tensor3D {
  const { conditioning } = options;
  const scale = conditioning?.scale ?? 1;
  const scaled = scale === 1 ? wave : tf.mul(wave, scale) as tf.Tensor2D;
  const power = framedPower(scaled, wcos, wsin, options);
  if (conditioning?.energy !== true) return power;
  return tf.concat([power, frameEnergies(scaled, options, conditioning.removeDc)], 2);
}
