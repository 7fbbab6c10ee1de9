/**
 * Another microphone: gains at points spread evenly from 0 to the highest frequency, normally distributed in dB and
 * interpolated between them, as a filter without delay (by frequency sampling with a Hann window; Oppenheim and
 * Schafer, Discrete-Time Signal Processing, section 7.2).
 */
import { z } from "zod";
import { amplitudeOfDb } from "../../../audio/level.ts";
import type { Rng } from "../../../base/random.ts";
import { share } from "../ranges.ts";
import type { Wave } from "./wave.ts";

export const schema = z.strictObject({
  transform: z.literal("equaliser"),
  p: share,
  points: z.int().min(2).max(8),
  /** Standard deviation of a gain. */
  db: z.number().min(0).max(40),
});

/** Taps on either side: enough to tell 8 points apart. */
const REACH = 16;

export function apply(
  { points, db }: z.output<typeof schema>,
  { values, filters, lend }: Wave,
  rng: Rng,
): Float32Array {
  const gains = Array.from({ length: points }, () => db * rng.normal());
  const padded = lend(values.length + 2 * REACH).fill(0);
  padded.set(values, REACH);
  return filters.correlated(padded, tapsOf(gains), lend);
}

/** `[2 REACH + 1]`: a symmetric filter. @param gains In dB, evenly spaced. */
export function tapsOf(gains: readonly number[]): Float32Array {
  const amplitudes = Array.from({ length: REACH + 1 }, (_, k) => {
    const at = k / REACH * (gains.length - 1);
    const below = Math.min(gains.length - 2, Math.floor(at));
    const blend = at - below;
    return amplitudeOfDb(gains[below]! * (1 - blend) + gains[below + 1]! * blend);
  });
  return Float32Array.from({ length: 2 * REACH + 1 }, (_, i) => {
    const n = Math.abs(i - REACH);
    let sum = amplitudes[0]! + amplitudes[REACH]! * (n % 2 === 0 ? 1 : -1);
    for (let k = 1; k < REACH; k++) sum += 2 * amplitudes[k]! * Math.cos(Math.PI * k * n / REACH);
    return sum / (2 * REACH) * (1 + Math.cos(Math.PI * n / (REACH + 1))) / 2;
  });
}
