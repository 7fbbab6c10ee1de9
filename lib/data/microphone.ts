/** Draws the microphones through which synthetic speech is heard. */
import type { BiquadSpec } from "../audio/biquad.ts";
import type { Rng } from "../base/random.ts";

/** Rumble cut off, sometimes dull, with a bump somewhere. */
export function planFilters(rng: Rng): BiquadSpec[] {
  const filters: BiquadSpec[] = [
    { kind: "highpass", hz: rng.uniform(40, 250), q: 0.7 },
    { kind: "peak", hz: 200 * 2 ** rng.uniform(0, 4), q: rng.uniform(0.5, 1.5), gainDb: rng.uniform(-7, 7) },
  ];
  if (rng.uniform() < 0.35) filters.push({ kind: "lowpass", hz: rng.uniform(2800, 3900), q: 0.7 });
  return filters;
}
