/** Applies the frozen prefix of a front-end: what is computed once and cached. */
import * as tf from "@tensorflow/tfjs";
import { dftBasis } from "../audio/dft_basis.ts";
import { binCount } from "../audio/framing.ts";
import { melFilters } from "../audio/mel_scale.ts";
import { framedPower } from "../kernels/framed_power/op.ts";
import { melLog } from "../kernels/mel_log/op.ts";
import type { PrefixSpec } from "./spec.ts";

/**
 * @param waves `[B, samples]`. @returns `[B, ...prefixShape(prefix, samples)]`; a new tensor even for a waveform, so
 *   the caller disposes both.
 */
export function applyPrefix(prefix: PrefixSpec, waves: tf.Tensor2D): tf.Tensor {
  if (prefix.representation === "waveform") return tf.clone(waves);
  return tf.tidy(() => {
    const { nFft, hopSamples, powerEpsilon } = prefix;
    const bins = binCount(nFft);
    const basis = dftBasis(nFft);
    const wcos = tf.tensor3d(basis.wcos, [bins, 1, nFft]);
    const wsin = tf.tensor3d(basis.wsin, [bins, 1, nFft]);
    const power = framedPower(waves, wcos, wsin, { hopSamples, powerEpsilon });
    if (prefix.representation === "power") return power;
    return melLog(power, tf.tensor2d(melFilters(prefix), [prefix.nMels, bins]));
  });
}
