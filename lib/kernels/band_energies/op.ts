/** A bank of filters over a spectrum, without compression. */
import type * as tf from "@tensorflow/tfjs";
import { checkFloat, checkShape } from "../operation/shapes.ts";
import { bandEnergiesComposite } from "./composite.ts";

/** `out[b, m, t] = sum_k bank[m, k] spectrum[b, t, k]`. @param spectrum `[B, T, bins]`. @param bank `[M, bins]`. */
export function bandEnergies(spectrum: tf.Tensor3D, bank: tf.Tensor2D): tf.Tensor3D {
  checkFloat("bandEnergies", "spectrum", spectrum);
  checkShape("bandEnergies", "bank", bank.shape, [null, null]);
  checkShape("bandEnergies", "spectrum", spectrum.shape, [null, null, bank.shape[1]]);
  return bandEnergiesComposite(spectrum, bank);
}
