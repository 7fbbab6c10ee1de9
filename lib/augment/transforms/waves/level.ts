/** Louder or softer: by a gain in dB, or to a peak. A silent clip stays silent. */
import { z } from "zod";
import { amplitudeOfDb, peak, scaled } from "../../../audio/level.ts";
import type { Rng } from "../../../base/random.ts";
import { drawn, range, share } from "../ranges.ts";
import type { Wave } from "./wave.ts";

export const schema = z.strictObject({
  transform: z.literal("level"),
  p: share,
  /** `gain` in dB, `peak` as a share of full scale. */
  by: z.enum(["gain", "peak"]),
  range: range(-100, 100),
});

export function apply(
  { by, range }: z.output<typeof schema>,
  { values, lend }: Wave,
  rng: Rng,
): Float32Array {
  const level = drawn(range, rng);
  if (by === "gain") return scaled(values, amplitudeOfDb(level), lend(values.length));
  const now = peak(values);
  return now === 0 ? values : scaled(values, level / now, lend(values.length));
}
