/** What filters that are given by taps let through, for those who look. */
import { binFrequencies } from "../../audio/bins.ts";
import { filterMoments } from "../../audio/filter_moments.ts";
import type { View } from "../contract.ts";

/** Bins of 7.8 Hz at 16 kHz. */
const BINS = 1025;

/** @param re `[filters, taps]` row by row. @param im The same, or null for real filters. */
export function responsesView(
  re: Float32Array,
  im: Float32Array | null,
  filters: number,
  sampleRate: number,
): View {
  const taps = re.length / filters;
  const hz = binFrequencies({ sampleRate, nFft: 2 * (BINS - 1), bins: null });
  const turns = Array.from({ length: 2 * (BINS - 1) }, (_, k) => Math.PI * k / (BINS - 1));
  const [cos, sin] = [turns.map(Math.cos), turns.map(Math.sin)];
  const weights = new Float32Array(filters * BINS);
  for (let f = 0; f < filters; f++) {
    for (let bin = 0; bin < BINS; bin++) {
      let [real, imaginary] = [0, 0];
      for (let k = 0, angle = 0; k < taps; k++, angle = (angle + bin) % turns.length) {
        const [a, b] = [re[f * taps + k]!, im?.[f * taps + k] ?? 0];
        real += a * cos[angle]! + b * sin[angle]!;
        imaginary += b * cos[angle]! - a * sin[angle]!;
      }
      weights[f * BINS + bin] = real * real + imaginary * imaginary;
    }
  }
  const moments = Array.from(
    { length: filters },
    (_, f) => filterMoments(weights.subarray(f * BINS, (f + 1) * BINS), hz),
  );
  return {
    type: "filters",
    weights,
    bands: filters,
    binsHz: Float32Array.from(hz),
    centresHz: Float32Array.from(moments, (m) => m?.centreHz ?? NaN),
    widthsHz: Float32Array.from(moments, (m) => m?.widthHz ?? NaN),
  };
}
