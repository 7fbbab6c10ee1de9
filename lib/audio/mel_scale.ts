/** The Mel scale of Slaney's Auditory Toolbox (1998) and triangular filters on it. */
import { binCount } from "./framing.ts";

export interface MelFilterSpec {
  readonly sampleRate: number;
  readonly nFft: number;
  readonly nMels: number;
  readonly fMinHz: number;
  readonly fMaxHz: number;
}

const HZ_PER_MEL = 200 / 3; // linear part, below 1 kHz
const LOG_START_HZ = 1000;
const LOG_START_MEL = LOG_START_HZ / HZ_PER_MEL;
const LOG_STEP = Math.log(6.4) / 27; // 27 steps from 1 kHz to 6.4 kHz

export function hzToMel(hz: number): number {
  return hz < LOG_START_HZ ? hz / HZ_PER_MEL : LOG_START_MEL + Math.log(hz / LOG_START_HZ) / LOG_STEP;
}

export function melToHz(mel: number): number {
  return mel < LOG_START_MEL ? mel * HZ_PER_MEL : LOG_START_HZ * Math.exp(LOG_STEP * (mel - LOG_START_MEL));
}

/** `nMels + 2` corner frequencies in Hz, equally spaced in Mel: lower edge, centres, upper edge. */
export function melCorners(spec: MelFilterSpec): Float64Array {
  checkMelSpec(spec);
  const low = hzToMel(spec.fMinHz);
  const step = (hzToMel(spec.fMaxHz) - low) / (spec.nMels + 1);
  return Float64Array.from({ length: spec.nMels + 2 }, (_, i) => melToHz(low + i * step));
}

/**
 * Triangular Mel filters, each of area 1 over frequency in Hz (`norm=1` in librosa and nnAudio): the weights are
 * small, at most `2 / (width in Hz)`.
 *
 * @returns `[nMels, bins]` row by row. A filter narrower than the distance of two bins may be all zero.
 */
export function melFilters(spec: MelFilterSpec): Float32Array {
  const corners = melCorners(spec);
  const bins = binCount(spec.nFft);
  const filters = new Float32Array(spec.nMels * bins);
  for (let m = 0; m < spec.nMels; m++) {
    const [left, centre, right] = [corners[m]!, corners[m + 1]!, corners[m + 2]!];
    const areaNorm = 2 / (right - left);
    for (let k = 0; k < bins; k++) {
      const hz = ((spec.sampleRate / 2) * k) / (bins - 1);
      const height = Math.max(0, Math.min((hz - left) / (centre - left), (right - hz) / (right - centre)));
      filters[m * bins + k] = Math.fround(height) * areaNorm; // rounded twice, as in the original
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
