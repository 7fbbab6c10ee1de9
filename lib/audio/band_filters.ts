/** Bands given by a centre frequency and a width, as fastaudio places them: on the Mel scale of HTK. */

export interface BandSpec {
  readonly sampleRate: number;
  readonly nMels: number;
  readonly fMinHz: number;
  readonly fMaxHz: number;
}

/** Frequencies in units of the sample rate: 0.5 is the highest that a signal can hold. */
export interface Bands {
  readonly centres: Float32Array;
  /** Distance from a centre to where a triangle ends; there is the next lower centre. */
  readonly widths: Float32Array;
}

/**
 * How narrow and wide a band may become. `original`: 3.1 to 603.7 Hz at 16 kHz, whatever the bands; with few of them
 * some are wider from the start. `scaled`: the same distance from the first widths as those limits have at 40 bands.
 */
export type WidthLimits = "scaled" | "original";

/** HTK's Mel scale (Young et al., The HTK Book, 5.4). */
export function hzToHtkMel(hz: number): number {
  return 2595 * Math.log10(1 + hz / 700);
}

export function htkMelToHz(mel: number): number {
  return 700 * (10 ** (mel / 2595) - 1);
}

/** Where training starts: centres equally spaced in Mel, each band as wide as the distance to its lower neighbour. */
export function initialBands({ sampleRate, nMels, fMinHz, fMaxHz }: BandSpec): Bands {
  const low = hzToHtkMel(fMinHz);
  const step = (hzToHtkMel(fMaxHz) - low) / (nMels + 1);
  const corners = Float64Array.from({ length: nMels + 1 }, (_, i) => htkMelToHz(low + i * step) / sampleRate);
  return {
    centres: Float32Array.from(corners.subarray(1)),
    widths: Float32Array.from({ length: nMels }, (_, i) => corners[i + 1]! - corners[i]!),
  };
}

/** Narrowest and widest, in units of the sample rate. */
export function widthLimits(limits: WidthLimits, spec: BandSpec): readonly [number, number] {
  switch (limits) {
    case "original":
      return [3.1 / 16000, 603.7 / 16000];
    case "scaled": {
      const { widths } = initialBands(spec);
      return [LEAST_OF_NARROWEST * Math.min(...widths), MOST_OF_WIDEST * Math.max(...widths)];
    }
    default:
      throw limits satisfies never;
  }
}

// 40 bands up to 8 kHz are 44.4 to 487.7 Hz wide, and the original's limits are 3.1 and 603.7 Hz.
const LEAST_OF_NARROWEST = 0.07;
const MOST_OF_WIDEST = 1.24;
