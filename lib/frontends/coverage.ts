/** Which bins of the spectrum no filter hears when training starts. */
import { initialBands, widthLimits } from "../audio/band_filters.ts";
import { binCount } from "../audio/framing.ts";
import type { FastAudioSpec, FrontendSpec } from "./spec.ts";

/** Bins that weigh nothing in every band, a mask aside. fastaudio's widths count as they are once limited. */
export function uncoveredBins(spec: FrontendSpec): number {
  if (spec.kind === "fastaudio") return uncoveredByBands(spec);
  if (spec.randomMel !== null) return 0;
  // Slaney's triangles overlap, so that together they reach from end to end.
  return countBins(binCount(spec.nFft), (bin) => {
    const hz = (spec.sampleRate * bin) / spec.nFft;
    return spec.fMinHz < hz && hz < spec.fMaxHz;
  });
}

function uncoveredByBands(spec: FastAudioSpec): number {
  if (spec.filter === "gaussian") return 0; // never quite 0
  const { centres, widths } = initialBands(spec);
  const [least, most] = widthLimits(spec.limits, spec);
  const limited = widths.map((width) => Math.min(most, Math.max(least, width)));
  return countBins(binCount(spec.nFft), (bin) => {
    const frequency = bin / spec.nFft;
    return centres.some((centre, band) => {
      const distance = Math.abs(frequency - centre);
      return spec.filter === "rectangular" ? distance <= limited[band]! : distance < limited[band]!;
    });
  });
}

function countBins(bins: number, heard: (bin: number) => boolean): number {
  let count = 0;
  for (let bin = 0; bin < bins; bin++) if (!heard(bin)) count++;
  return count;
}
