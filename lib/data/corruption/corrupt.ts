/**
 * One example with noise and at another level: a function of what it is called, of the seed and of the recordings of
 * noise alone. At each ratio it is the same noise, so that conditions differ in nothing else.
 *
 * What is silence has no ratio to noise of its own. It gets the noise that speech at {@link REFERENCE_DB} would get, and
 * so does a clip in which nothing is heard. What would go beyond full scale is scaled as a whole: the ratio stays.
 */
import { gainAtSnr, rotated, spokenLevel, withNoise } from "../../audio/add_noise.ts";
import { amplitudeOfDb, peak, scaled } from "../../audio/level.ts";
import { pinkNoise, whiteNoise } from "../../audio/noise.ts";
import { Rng } from "../../base/random.ts";
import type { Level } from "../../records/condition.ts";
import type { Corruption } from "./schema.ts";

/** Root mean square of speech in dB of full scale at its nominal level (ITU-T P.56, as telephony's tests have it). */
export const REFERENCE_DB = -26;

export interface Uncorrupted {
  /** Unique in its split. */
  readonly name: string;
  /** At full scale 1. */
  readonly values: Float32Array;
  /** Whether it is of a class in which nobody speaks. */
  readonly isSilence: boolean;
}

/** Recordings of noise: none is silent. */
export interface Noises {
  readonly count: number;
  valuesOf(index: number): Float32Array;
}

export interface Corrupted {
  readonly values: Float32Array;
  /** By how much it had to be made softer than wanted to stay within full scale, at most 1. */
  readonly scale: number;
}

/** @param noises At least one, where noise is not made. @param sampleRate In Hz. */
export function corrupted(
  { levels, gainDb, noise, seed }: Corruption,
  example: Uncorrupted,
  noises: Noises,
  sampleRate: number,
): Corrupted {
  const { name, values, isSilence } = example;
  const rng = Rng.fromSeed(seed).fork(name);
  const snr = ratioOf(rng.fork("level").pick(levels), rng.fork("ratio"));
  const gain = gainDb === null ? 1 : amplitudeOfDb(rng.fork("gain").uniform(...gainDb));
  const mixture = snr === null ? values : withNoiseAt(snr);
  if (snr === null && gain === 1) return { values, scale: 1 };
  const scale = Math.min(1, 1 / (gain * peak(mixture)));
  return { values: scaled(mixture, gain * scale), scale };

  function withNoiseAt(snrDb: number): Float32Array {
    const heard = noiseOf(noise, noises, values.length, rng.fork("noise"));
    const spoken = isSilence ? 0 : spokenLevel(values, sampleRate);
    return withNoise(values, heard, gainAtSnr(spoken || amplitudeOfDb(REFERENCE_DB), heard, snrDb));
  }
}

/** In dB; null: no noise. */
function ratioOf(level: Level, rng: Rng): number | null {
  if (level === "clean") return null;
  return typeof level === "number" ? level : rng.uniform(level.from, level.to);
}

function noiseOf(noise: Corruption["noise"], noises: Noises, length: number, rng: Rng): Float32Array {
  switch (noise) {
    case "background": {
      const recorded = noises.valuesOf(rng.integer(noises.count));
      return rotated(recorded, rng.integer(recorded.length), length);
    }
    case "white":
      return whiteNoise(length, rng);
    case "pink":
      return pinkNoise(length, rng);
    default:
      throw noise satisfies never;
  }
}
