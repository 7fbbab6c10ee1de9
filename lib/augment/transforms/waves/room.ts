/**
 * A made room: behind the direct path noise that dies away by 60 dB in `seconds`, `level` times as strong (as Polack's
 * model of late reverberation, 1988). The direct path stays where it is, so that nothing moves; the clip keeps its
 * length and its energy.
 */
import { z } from "zod";
import { rms, scaled } from "../../../audio/level.ts";
import type { Rng } from "../../../base/random.ts";
import { drawn, range, share } from "../ranges.ts";
import type { Wave } from "./wave.ts";

export const schema = z.strictObject({
  transform: z.literal("room"),
  p: share,
  seconds: range(0.001, 3),
  /** Of the noise's standard deviation where it begins; the direct path is 1. */
  level: range(0, 10),
});

/** ln of 60 dB in amplitude. */
const DECAY = Math.log(1000);

export function apply(
  config: z.output<typeof schema>,
  { values, sampleRate, filters, lend }: Wave,
  rng: Rng,
): Float32Array {
  const heard = filters.convolved(values, response(config, sampleRate, rng), lend);
  const [before, after] = [rms(values), rms(heard)];
  return after === 0 ? values : scaled(heard, before / after, lend(values.length));
}

function response({ seconds, level }: z.output<typeof schema>, sampleRate: number, rng: Rng): Float32Array {
  const length = Math.max(1, Math.round(drawn(seconds, rng) * sampleRate));
  const strength = drawn(level, rng);
  const made = new Float32Array(length + 1);
  made[0] = 1;
  for (let n = 1; n <= length; n++) made[n] = strength * rng.normal() * Math.exp(-DECAY * n / length);
  return made;
}
