/**
 * Moves a clip in time, with zeros in the gap. As BC-ResNet's authors do by up to 0.1 s, which may cut a word at the
 * clip's edge; or only as far as the word stays whole: see {@link wordBounds}. Utterances stay whole whatever is said of
 * words, for their labels tell all that is said.
 * @see https://github.com/Qualcomm-AI-research/bcresnet (utils.py)
 */
import { z } from "zod";
import type { Rng } from "../../../base/random.ts";
import { share } from "../ranges.ts";
import type { Wave } from "./wave.ts";
import { wordBounds } from "../../../audio/word_bounds.ts";

export const schema = z.strictObject({
  transform: z.literal("shift"),
  p: share,
  /** At most so far either way. */
  seconds: z.number().positive(),
  /** Whether a word may be cut at the edge of its clip. */
  cut: z.boolean(),
});

export function apply(
  { seconds, cut }: z.output<typeof schema>,
  { values, sampleRate, around, lend }: Wave,
  rng: Rng,
): Float32Array {
  const wanted = Math.trunc(rng.uniform(-seconds, seconds) * sampleRate);
  const [begin, end] = cut && around.clipSamples !== null
    ? [values.length, 0]
    : wordBounds(values, sampleRate);
  return shifted(values, Math.max(-begin, Math.min(values.length - end, wanted)), lend(values.length));
}

/** @param by Samples; later if above 0. @param moved `[values.length]`, to be filled. */
export function shifted(
  values: Float32Array,
  by: number,
  moved: Float32Array = new Float32Array(values.length),
): Float32Array {
  moved.fill(0);
  if (by >= 0) moved.set(values.subarray(0, Math.max(0, values.length - by)), Math.min(by, values.length));
  else moved.set(values.subarray(-by));
  return moved;
}
