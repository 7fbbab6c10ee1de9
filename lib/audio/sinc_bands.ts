/** Band-pass filters given by where a band begins and how wide it is: SincNet's (Ravanelli and Bengio 2018). */
import { type BandSpec, htkMelToHz, hzToHtkMel } from "./band_filters.ts";

/** In Hz: no band begins lower, and none is narrower. */
export const SINC_LEAST_HZ = { low: 50, band: 50 } as const;

export interface SincBands {
  /** In Hz, above {@link SINC_LEAST_HZ}, as are widths. */
  readonly lows: Float32Array;
  readonly widths: Float32Array;
}

/** Where training starts: one band beside the other, their edges equally spaced in HTK's Mel. */
export function initialSincBands({ nMels, fMinHz, fMaxHz }: BandSpec): SincBands {
  const low = hzToHtkMel(fMinHz);
  const step = (hzToHtkMel(fMaxHz) - low) / nMels;
  const edges = Float64Array.from({ length: nMels + 1 }, (_, i) => htkMelToHz(low + i * step));
  return {
    lows: Float32Array.from(edges.subarray(0, nMels)),
    widths: Float32Array.from({ length: nMels }, (_, i) => edges[i + 1]! - edges[i]!),
  };
}

/**
 * Hamming's window. `periodic`: over as many samples as there are taps, as in LEAF's comparison, where it is one tap off
 * the middle. `mirrored`: SincNet's own, whose half is stretched by half a sample and mirrored about the middle tap.
 */
export type SincWindow = "periodic" | "mirrored";

/** @param taps Odd. */
export function sincWindow(kind: SincWindow, taps: number): Float32Array {
  const half = (taps - 1) / 2;
  const at = (n: number) => 0.54 - 0.46 * Math.cos(2 * Math.PI * n / taps);
  return Float32Array.from({ length: taps }, (_, k) => {
    if (kind === "periodic") return at(k);
    const place = Math.min(k, taps - 1 - k);
    return place === half ? 1 : at(place * (taps / 2 - 1) / Math.max(1, half - 1));
  });
}
