import { binFrequencies } from "../../../audio/bins.ts";
import { gaborEnvelope, gaborLimits, type Limits } from "../../../audio/gabor.ts";
import { copyOf } from "../../../nn/state.ts";
import type { NetworkState } from "../../../nn/types.ts";
import type { View } from "../../contract.ts";
import type { Values } from "./kind.ts";

/** Bins of the responses that are drawn. */
const BINS = 257;

/** Responses of the filters: centres, and distances from there to where they are half as high; pooling windows. */
export async function look(
  { module, sampleRate, nMels, taps }: Values,
  state: NetworkState,
): Promise<readonly View[]> {
  const limits = gaborLimits(taps);
  const parameter = async (last: string, [least, most]: Limits) =>
    (await copyOf(state, `${module}.${last}`)).map((value) => Math.min(most, Math.max(least, value)));
  const centres = await parameter("center_freqs", limits.centres);
  const widths = await parameter("bandwidths", limits.widths);
  const pooling = await parameter("pooling_widths", limits.pooling);
  const hzPerRadian = sampleRate / (2 * Math.PI);
  return [
    {
      type: "filters",
      weights: responses(centres, widths, taps),
      bands: nMels,
      binsHz: Float32Array.from(binFrequencies({ sampleRate, nFft: 2 * (BINS - 1), bins: null })),
      centresHz: centres.map((centre) => centre * hzPerRadian),
      widthsHz: widths.map((width) => Math.sqrt(2 * Math.log(2)) / width * hzPerRadian),
    },
    {
      type: "values",
      name: "pooling window's standard deviation",
      unit: "ms",
      values: pooling.map((width) => width * (taps - 1) / 2 / sampleRate * 1000),
    },
  ];
}

/** Magnitudes `[M, BINS]` of the spectra of the filters as they are cut off. */
function responses(centres: Float32Array, widths: Float32Array, taps: number): Float32Array {
  const half = (taps - 1) / 2;
  const made = new Float32Array(centres.length * BINS);
  centres.forEach((centre, m) => {
    const envelope = gaborEnvelope(widths[m]!, half);
    for (let bin = 0; bin < BINS; bin++) {
      const away = Math.PI * bin / (BINS - 1) - centre;
      let sum = envelope[0]!;
      for (let t = 1; t <= half; t++) sum += 2 * envelope[t]! * Math.cos(away * t);
      made[m * BINS + bin] = Math.abs(sum);
    }
  });
  return made;
}
