/** Two Mel scales and triangular filters on them. */
import { htkMelToHz, hzToHtkMel } from "./band_filters.ts";
import { binFrequencies, type BinSpacing, binWidths } from "./bins.ts";

export interface MelFilterSpec {
  readonly sampleRate: number;
  readonly nFft: number;
  readonly nMels: number;
  readonly fMinHz: number;
  readonly fMaxHz: number;
  /** Of the spectrum; absent or null: the DFT's. */
  readonly bins?: BinSpacing | null;
  /** Absent: Slaney's. */
  readonly scale?: MelScaleName;
  /** `slaney` (or absent): each filter has area 1 over frequency in Hz. `none`: each has height 1. */
  readonly norm?: "slaney" | "none";
  /** What triangles are straight over: Hz (or absent), as librosa's and nnAudio's, or Mel, as Kaldi's. */
  readonly slopes?: "hz" | "mel";
}

const HZ_PER_MEL = 200 / 3; // linear part, below 1 kHz
const LOG_START_HZ = 1000;
const LOG_START_MEL = LOG_START_HZ / HZ_PER_MEL;
const LOG_STEP = Math.log(6.4) / 27; // 27 steps from 1 kHz to 6.4 kHz

/** The Mel scale of Slaney's Auditory Toolbox (1998). */
export function hzToMel(hz: number): number {
  return hz < LOG_START_HZ ? hz / HZ_PER_MEL : LOG_START_MEL + Math.log(hz / LOG_START_HZ) / LOG_STEP;
}

export function melToHz(mel: number): number {
  return mel < LOG_START_MEL ? mel * HZ_PER_MEL : LOG_START_HZ * Math.exp(LOG_STEP * (mel - LOG_START_MEL));
}

const SCALES = {
  slaney: { fromHz: hzToMel, toHz: melToHz },
  htk: { fromHz: hzToHtkMel, toHz: htkMelToHz },
} as const;

export type MelScaleName = keyof typeof SCALES;
export const MEL_SCALES = Object.keys(SCALES) as readonly MelScaleName[];

/** `nMels + 2` corner frequencies in Hz, equally spaced in Mel: lower edge, centres, upper edge. */
export function melCorners(spec: MelFilterSpec): Float64Array {
  checkMelSpec(spec);
  const { fromHz, toHz } = SCALES[spec.scale ?? "slaney"];
  const low = fromHz(spec.fMinHz);
  const step = (fromHz(spec.fMaxHz) - low) / (spec.nMels + 1);
  return Float64Array.from({ length: spec.nMels + 2 }, (_, i) => toHz(low + i * step));
}

/**
 * Triangular Mel filters. With area 1 over frequency (`norm=1` in librosa and nnAudio) the weights are small, at most
 * `2 / (width in Hz)`. Bins that are spaced otherwise than the DFT's weigh as much as they stand for of the spectrum, so
 * that a band has the same energy whichever bins it is summed over.
 *
 * @returns `[nMels, bins]` row by row. A filter narrower than the distance of two bins may be all zero.
 */
export function melFilters(spec: MelFilterSpec): Float32Array {
  const { nMels, scale = "slaney", norm = "slaney", slopes = "hz", bins: spacing = null } = spec;
  const corners = melCorners(spec);
  const place = slopes === "hz" ? (hz: number) => hz : SCALES[scale].fromHz;
  const widths = binWidths({ ...spec, bins: spacing });
  const places = binFrequencies({ ...spec, bins: spacing }).map(place);
  const filters = new Float32Array(nMels * places.length);
  for (let m = 0; m < nMels; m++) {
    const areaNorm = norm === "slaney" ? 2 / (corners[m + 2]! - corners[m]!) : 1;
    const [left, centre, right] = [place(corners[m]!), place(corners[m + 1]!), place(corners[m + 2]!)];
    for (const [k, at] of places.entries()) {
      const height = Math.max(0, Math.min((at - left) / (centre - left), (right - at) / (right - centre)));
      filters[m * places.length + k] = Math.fround(height) * areaNorm * widths[k]!; // rounded twice, as in the original
    }
  }
  return filters;
}

function checkMelSpec({ sampleRate, nFft, nMels, fMinHz, fMaxHz }: MelFilterSpec): void {
  if (!Number.isInteger(nMels) || nMels < 1 || nMels > 128) {
    throw new RangeError(`Cannot place ${nMels} Mel bands: wanted a whole number from 1 to 128`);
  }
  if (!(fMinHz >= 0 && fMinHz < fMaxHz && fMaxHz <= sampleRate / 2)) {
    throw new RangeError(
      `Cannot place ${nMels} Mel bands: wanted 0 <= fMinHz < fMaxHz <= ${
        sampleRate / 2
      } (half the sample rate), ` +
        `found fMinHz ${fMinHz} and fMaxHz ${fMaxHz}`,
    );
  }
  if (!Number.isInteger(nFft) || nFft < 2) {
    throw new RangeError(`Cannot place Mel bands on a DFT of ${nFft} samples: wanted a whole number from 2`);
  }
}
