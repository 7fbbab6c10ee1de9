/** Applies the frozen prefix of a front-end: what is computed once and cached. */
import * as tf from "@tensorflow/tfjs";
import { initialBands } from "../audio/band_filters.ts";
import { dftBasis } from "../audio/dft_basis.ts";
import { binCount } from "../audio/framing.ts";
import { bandEnergies } from "../kernels/band_energies/op.ts";
import { melLog } from "../kernels/mel_log/op.ts";
import { decibels } from "./decibels.ts";
import { filterBank, limitCentres, limitWidths } from "./filter_bank.ts";
import { initialMelBasis } from "./mel_step.ts";
import type { PrefixSpec } from "./spec.ts";
import { spectrum } from "./spectrum.ts";

type Computed = Exclude<PrefixSpec, { readonly representation: "waveform" }>;

/**
 * @param waves `[B, samples]`. @returns `[B, ...prefixShape(prefix, samples)]`; a new tensor even for a waveform, so
 *   the caller disposes both.
 */
export function applyPrefix(prefix: PrefixSpec, waves: tf.Tensor2D): tf.Tensor {
  if (prefix.representation === "waveform") return tf.clone(waves);
  return tf.tidy(() => {
    const { nFft } = prefix;
    const bins = binCount(nFft);
    const basis = dftBasis(nFft);
    const wcos = tf.tensor3d(basis.wcos, [bins, 1, nFft]);
    const wsin = tf.tensor3d(basis.wsin, [bins, 1, nFft]);
    const seen = spectrum(waves, wcos, wsin, { ...prefix, spectrum: spectrumBefore(prefix) });
    switch (prefix.representation) {
      case "power":
      case "magnitude":
        return seen;
      case "logmel":
        return melLog(seen, tf.tensor2d(initialMelBasis(prefix), [prefix.nMels, bins]));
      case "decibels": {
        const { centres, widths } = initialBands(prefix);
        const bank = filterBank(
          limitCentres(tf.tensor1d(centres)),
          limitWidths(tf.tensor1d(widths), prefix.limits, prefix),
          nFft,
          prefix.filter,
        );
        return decibels(bandEnergies(seen, bank), prefix.decibels);
      }
      default:
        throw prefix satisfies never;
    }
  });
}

function spectrumBefore(prefix: Computed): "power" | "magnitude" {
  switch (prefix.representation) {
    case "power":
    case "magnitude":
      return prefix.representation;
    case "logmel":
      return "power";
    case "decibels":
      return prefix.power === 1 ? "magnitude" : "power";
    default:
      throw prefix satisfies never;
  }
}
