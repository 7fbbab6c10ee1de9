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
import { type PrefixSpec, spectrumOf } from "./spec.ts";
import { spectrum } from "./spectrum.ts";

type Computed = Exclude<PrefixSpec, { readonly representation: "waveform" }>;

/** A prefix with its constants made: for many clips that are computed one at a time. */
export interface OpenPrefix {
  /** As {@link applyPrefix}. */
  apply(waves: tf.Tensor2D): tf.Tensor;
  dispose(): void;
}

/**
 * @param waves `[B, samples]`. @returns `[B, ...prefixShape(prefix, samples)]`; a new tensor even for a waveform, so
 *   the caller disposes both.
 */
export function applyPrefix(prefix: PrefixSpec, waves: tf.Tensor2D): tf.Tensor {
  return tf.tidy(() => openPrefix(prefix).apply(waves));
}

/** Makes the constants of a prefix; they stay until disposed of. */
export function openPrefix(prefix: PrefixSpec): OpenPrefix {
  if (prefix.representation === "waveform") return { apply: (waves) => tf.clone(waves), dispose() {} };
  const { nFft } = prefix;
  const bins = binCount(nFft);
  const basis = dftBasis(nFft);
  const wcos = tf.tensor3d(basis.wcos, [bins, 1, nFft]);
  const wsin = tf.tensor3d(basis.wsin, [bins, 1, nFft]);
  const filters = filtersOf(prefix);
  return {
    apply(waves) {
      return tf.tidy(() => {
        const seen = spectrum(waves, wcos, wsin, { ...prefix, spectrum: spectrumBefore(prefix) });
        switch (prefix.representation) {
          case "power":
          case "magnitude":
            return seen;
          case "logmel":
            return melLog(seen, filters!);
          case "decibels":
            return decibels(bandEnergies(seen, filters!), prefix.decibels);
          default:
            throw prefix satisfies never;
        }
      });
    },
    dispose: () => tf.dispose([wcos, wsin, ...(filters === null ? [] : [filters])]),
  };
}

/** The Mel matrix, or the bank of filters; null where there are none. */
function filtersOf(prefix: Computed): tf.Tensor2D | null {
  switch (prefix.representation) {
    case "power":
    case "magnitude":
      return null;
    case "logmel":
      return tf.tensor2d(initialMelBasis(prefix), [prefix.nMels, binCount(prefix.nFft)]);
    case "decibels":
      return tf.tidy(() => {
        const { centres, widths } = initialBands(prefix);
        return filterBank(
          limitCentres(tf.tensor1d(centres)),
          limitWidths(tf.tensor1d(widths), prefix.limits, prefix),
          prefix.nFft,
          prefix.filter,
        );
      });
    default:
      throw prefix satisfies never;
  }
}

function spectrumBefore(prefix: Computed): "power" | "magnitude" {
  switch (prefix.representation) {
    case "power":
    case "magnitude":
      return prefix.representation;
    case "logmel":
    case "decibels":
      return spectrumOf(prefix);
    default:
      throw prefix satisfies never;
  }
}
