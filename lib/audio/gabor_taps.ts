/** Taps of Gabor filters as numbers: where free filters start. */
import type { BandSpec } from "./band_filters.ts";
import { gaborEnvelope, melGaborBands, melRoots } from "./gabor.ts";

/**
 * The start of time-domain filterbanks (Zeghidour et al. 2018) as LEAF's authors have it: the Gabor filters that LEAF
 * starts from, scaled so that each has its Mel filter's energy.
 *
 * @param taps Odd. @returns `[2 nMels, taps]`: real and imaginary part of each filter in turn.
 * @throws {RangeError} If a filter's Mel filter has no bin.
 */
export function gaborTaps(spec: BandSpec, taps: number): Float32Array {
  const { centres, widths } = melGaborBands(spec);
  const scales = melAreas(spec).map((area, m) => Math.sqrt(area * 2 * Math.sqrt(Math.PI) * widths[m]!));
  const values = new Float32Array(2 * spec.nMels * taps);
  scales.forEach((scale, m) => {
    const half = (taps - 1) / 2;
    const envelope = gaborEnvelope(widths[m]!, half, scale);
    for (let t = -half; t <= half; t++) {
      const [size, angle] = [envelope[Math.abs(t)]!, centres[m]! * t];
      values[2 * m * taps + half + t] = size * Math.cos(angle);
      values[(2 * m + 1) * taps + half + t] = size * Math.sin(angle);
    }
  });
  return values;
}

/** Areas of the Mel filters in radians, as the original adds them up: two bins wider than the filter is. */
function melAreas(spec: BandSpec): number[] {
  return melRoots(spec).map((roots) => {
    const present = roots.reduce((count, root) => count + Number(root > 0), 0);
    return Math.max(...roots) ** 2 * (present + 2) * Math.PI / (2 * (roots.length - 1));
  });
}
