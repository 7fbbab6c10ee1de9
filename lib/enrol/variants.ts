/** One recording of a word as it might have been said otherwise, elsewhere, into another microphone. */
import type { Surroundings } from "../augment/contract.ts";
import { applyAll, type WaveTransform } from "../augment/transforms/waves/list.ts";
import { newArray, type WaveFilters } from "../audio/wave_filters.ts";
import type { Rng } from "../base/random.ts";
import type { TakeShape } from "./takes.ts";

/** The same sound again: words stay whole, wherever in the window they lie. */
const AGAIN: readonly WaveTransform[] = [
  { transform: "shift", p: 1, seconds: 0.2, cut: false },
  { transform: "level", p: 1, by: "peak", range: [0.05, 1] },
  { transform: "noise", p: 0.8, level: { by: "snr", range: [5, 40] }, silence: null },
];
/** The same word: faster or slower, elsewhere. */
const OTHERWISE: readonly WaveTransform[] = [
  { transform: "speed", p: 0.7, range: [0.85, 1.2] },
  { transform: "room", p: 0.5, seconds: [0.02, 0.3], level: [0.02, 0.25] },
  { transform: "equaliser", p: 0.7, points: 6, db: 4 },
  ...AGAIN,
];
const CHANGES = { again: AGAIN, otherwise: OTHERWISE };

/**
 * @param clip `[clipSamples]`. @param count How many, the clip itself among them as the first.
 * @param rng The same generator, the same variants. @param how `otherwise`: as the word may be said; `again`: as the sound
 *   may come back.
 */
export function variantsOf(
  clip: Float32Array,
  count: number,
  { sampleRate, clipSamples }: TakeShape,
  filters: WaveFilters,
  rng: Rng,
  how: keyof typeof CHANGES = "otherwise",
): Float32Array[] {
  // No other examples: noise is made.
  const around: Surroundings = {
    sampleRate,
    clipSamples,
    count: 0,
    labelsOf: () => [],
    valuesOf: () => new Float32Array(clipSamples),
  };
  const wave = { values: clip, labels: [], sampleRate, around, filters, lend: newArray };
  return Array.from({ length: count }, (_, i) => i === 0 ? clip : applyAll(CHANGES[how], wave, rng.fork(i)));
}
