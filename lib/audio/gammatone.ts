/** Gammatone filters over the bins of a spectrum, as nnAudio's Gammatonegram has them. */
import { binFrequencies, type BinSpec, binWidths } from "./bins.ts";

export interface GammatoneSpec extends BinSpec {
  readonly nMels: number;
  readonly fMinHz: number;
  readonly fMaxHz: number;
}

const EAR_Q = 9.26449; // Glasberg and Moore 1990
const LEAST_BANDWIDTH_HZ = 24.7;
const BANDWIDTH_OF_ERB = 1.019;

/**
 * Magnitude of Slaney's four cascaded sections (Apple Technical Report 35, 1993), 1 at each centre, divided by `nFft`.
 * Centres are equally spaced in rectangular bandwidths from `fMinHz` to below `fMaxHz`.
 *
 * @returns `[nMels, bins]` row by row, all above 0.
 */
export function gammatoneFilters(spec: GammatoneSpec): Float32Array {
  const { sampleRate, nFft, nMels, fMinHz, fMaxHz } = spec;
  const [hz, widths] = [binFrequencies(spec), binWidths(spec)];
  const filters = new Float32Array(nMels * hz.length);
  const shift = EAR_Q * LEAST_BANDWIDTH_HZ;
  for (let m = 0; m < nMels; m++) {
    const centre = (fMaxHz + shift) * ((fMinHz + shift) / (fMaxHz + shift)) ** ((nMels - m) / nMels) - shift;
    const response = responseOf(centre, sampleRate);
    const peak = response(centre);
    for (const [k, at] of hz.entries()) {
      filters[m * hz.length + k] = Math.fround(response(at) / peak) / nFft * widths[k]!;
    }
  }
  return filters;
}

/** Four zeros on the real axis, and a pair of poles of order four. */
function responseOf(centreHz: number, sampleRate: number): (hz: number) => number {
  const bandwidth = 2 * Math.PI * BANDWIDTH_OF_ERB * (centreHz / EAR_Q + LEAST_BANDWIDTH_HZ);
  const radius = Math.exp(-bandwidth / sampleRate);
  const angle = 2 * Math.PI * centreHz / sampleRate;
  const zeros = [3 - 2 ** 1.5, 3 + 2 ** 1.5].flatMap((square) =>
    [1, -1].map((sign) => radius * (Math.cos(angle) + sign * Math.sqrt(square) * Math.sin(angle)))
  );
  const [poleX, poleY] = [radius * Math.cos(angle), radius * Math.sin(angle)];
  return (hz) => {
    const at = 2 * Math.PI * hz / sampleRate;
    const [x, y] = [Math.cos(at), Math.sin(at)];
    const poles = Math.hypot(x - poleX, y - poleY) * Math.hypot(x - poleX, y + poleY);
    return zeros.reduce((product, zero) => product * Math.hypot(x - zero, y), poles ** -4);
  };
}
