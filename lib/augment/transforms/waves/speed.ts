/**
 * Speed and pitch together, by resampling (Ko et al. 2015, "Audio augmentation for speech recognition"). Factors are
 * twentieths, so that few kernels are made, each once. A clip keeps its length: the middle of the word stays where
 * it is as far as the whole word fits, and where a slow word would not fit at all, the slowest speed that does is taken.
 * An utterance becomes longer or shorter, and loses nothing.
 */
import { z } from "zod";
import { phasesOf } from "../../../audio/resample.ts";
import type { Rng } from "../../../base/random.ts";
import type { Phases } from "../../../audio/wave_filters.ts";
import { range, share } from "../ranges.ts";
import type { Wave } from "./wave.ts";
import { wordBounds } from "../../../audio/word_bounds.ts";

const STEPS = 20;
/** Fewer than for data sets: a clip takes a third of the time, and what is lost lies above 0.8 of the highest frequency. */
const ZERO_CROSSINGS = 16;

export const schema = z.strictObject({
  transform: z.literal("speed"),
  p: share,
  /** Above 1: faster and higher. */
  range: range(0.5, 2),
});

export function apply(
  { range: [slowest, fastest] }: z.output<typeof schema>,
  { values, sampleRate, around, filters, lend }: Wave,
  rng: Rng,
): Float32Array {
  const [first, last] = [Math.ceil(slowest * STEPS), Math.floor(fastest * STEPS)];
  const speeds = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i)
    .filter((speed) => speed !== STEPS);
  if (speeds.length === 0) return values;
  if (around.clipSamples === null) return filters.resampled(values, phasesAt(rng.pick(speeds)), lend);
  const [begin, end] = wordBounds(values, sampleRate);
  const least = Math.ceil(STEPS * (end - begin) / values.length);
  const speed = Math.max(rng.pick(speeds), least);
  if (speed === STEPS) return values;
  const played = filters.resampled(values, phasesAt(speed), lend);
  const [from, to] = [begin * STEPS / speed, end * STEPS / speed];
  const room = values.length - Math.ceil(to - from);
  const start = Math.max(0, Math.min(room, Math.round((begin + end - (to - from)) / 2)));
  return placed(played, Math.round(start - from), lend(values.length));
}

/** @param at Where in the new clip the old one begins. @param clip To be filled. */
function placed(values: Float32Array, at: number, clip: Float32Array): Float32Array {
  const { length } = clip.fill(0);
  const [skipped, begin] = [Math.max(0, -at), Math.max(0, at)];
  clip.set(values.subarray(skipped, skipped + Math.max(0, length - begin)), begin);
  return clip;
}

const PHASES = new Map<number, Phases>();

function phasesAt(speed: number): Phases {
  const known = PHASES.get(speed) ?? phasesOf(speed, STEPS, ZERO_CROSSINGS);
  PHASES.set(speed, known);
  return known;
}
