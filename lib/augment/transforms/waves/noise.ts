/**
 * Adds background noise: clips of silence of the training split, which are cut from the data set's own background
 * recordings, rotated by a random offset; where there are none, noise that is made. A clip of silence is replaced by
 * noise at a level of its own, always, whatever `p` is.
 *
 * Level: `amplitude` multiplies noise as it was recorded (BC-ResNet's authors: 0 to 0.1, silence 0 to 1); `peak` is the
 * noise's peak as a share of the clip's; `snr` is in dB over the part of the clip in which something is said, so that
 * what pads a short word does not count. Of a silent clip no ratio is defined: it is treated as silence is.
 * @see https://github.com/Qualcomm-AI-research/bcresnet (utils.py)
 */
import { z } from "zod";
import { gainAtSnr, LEAST_NOISE, rotated, spokenLevel, withNoise } from "../../../audio/add_noise.ts";
import { peak, rms, scaled } from "../../../audio/level.ts";
import { brownNoise, pinkNoise, whiteNoise } from "../../../audio/noise.ts";
import type { Rng } from "../../../base/random.ts";
import { SILENCE, type Surroundings } from "../../contract.ts";
import { drawn, type Range, range, share } from "../ranges.ts";
import type { Wave } from "./wave.ts";

export const schema = z.strictObject({
  transform: z.literal("noise"),
  p: share,
  level: z.discriminatedUnion("by", [
    z.strictObject({ by: z.literal("amplitude"), range: range(0, 10) }),
    z.strictObject({ by: z.literal("peak"), range: range(0, 10) }),
    z.strictObject({ by: z.literal("snr"), range: range(-40, 100) }),
  ]),
  /** Amplitudes of the noise that clips of silence become; null: they are as other clips. */
  silence: range(0, 10).nullable(),
});

type Config = z.output<typeof schema>;

/** How often another recording is drawn where one is silent, before noise is made. */
const MOST_TRIES = 8;
/** Root mean square of noise that is made: about as loud as background recordings of Speech Commands. */
const MADE_RMS = 0.1;

/** Whether an example is changed whatever is drawn. */
export function always({ silence }: Config, { labels }: Wave): boolean {
  return silence !== null && labels[0] === SILENCE;
}

export function apply(config: Config, wave: Wave, rng: Rng): Float32Array {
  const { values, around, lend } = wave;
  const noise = noiseFrom(around, lend(values.length), rng);
  if (always(config, wave)) return scaled(noise, drawn(config.silence!, rng), lend(values.length));
  return withNoise(values, noise, gainOf(config, wave, noise, rng), lend(values.length));
}

function gainOf({ level, silence }: Config, { values, sampleRate }: Wave, noise: Float32Array, rng: Rng) {
  if (level.by === "amplitude") return drawn(level.range, rng);
  if (level.by === "peak") return drawn(level.range, rng) * peak(values) / peak(noise);
  const said = spokenLevel(values, sampleRate);
  return said === 0 ? drawn(silence ?? NO_LEVEL, rng) : gainAtSnr(said, noise, drawn(level.range, rng));
}

const NO_LEVEL: Range = [0, 0];

/** @param heard `[length]`, to be filled. @returns It, never silent. */
function noiseFrom(around: Surroundings, heard: Float32Array, rng: Rng): Float32Array {
  const { length } = heard;
  const rows = silentRows(around);
  for (let attempt = 0; rows.length > 0 && attempt < MOST_TRIES; attempt++) {
    const recorded = around.valuesOf(rng.pick(rows));
    if (rms(recorded) < LEAST_NOISE) continue;
    return rotated(recorded, rng.integer(recorded.length), length, heard);
  }
  const made = rng.pick([whiteNoise, pinkNoise, brownNoise])(length, rng);
  return scaled(made, MADE_RMS / rms(made), heard);
}

const ROWS = new WeakMap<Surroundings, readonly number[]>();

function silentRows(around: Surroundings): readonly number[] {
  const known = ROWS.get(around);
  if (known !== undefined) return known;
  const rows: number[] = [];
  for (let row = 0; row < around.count; row++) if (around.labelsOf(row)[0] === SILENCE) rows.push(row);
  ROWS.set(around, rows);
  return rows;
}
