/** Recordings of a word as clips that a body takes: resampled, cut to the word, checked. Pure. */
import { fitLength } from "../audio/clip.ts";
import { rms } from "../audio/level.ts";
import { resampler } from "../audio/resample.ts";
import { wordBounds } from "../audio/word_bounds.ts";
import { UserError } from "../base/errors.ts";

/** A recording, as somebody spoke it. */
export interface Take {
  /** What error messages call it. */
  readonly name: string;
  /** Mono, at full scale 1. */
  readonly samples: Float32Array;
  /** In Hz, a whole number. */
  readonly sampleRate: number;
}

/** What a body takes: a `ClipCheckpoint` is one. */
export interface TakeShape {
  /** In Hz. */
  readonly sampleRate: number;
  readonly clipSamples: number;
}

/** Nobody records speech at other rates. */
const [LEAST_RATE, MOST_RATE] = [4000, 384_000];
/** Root mean square of the loudest stretch, -60 dB: softer is the floor of a microphone, not a voice. */
const LEAST_LEVEL = 1e-3;
/** Of the loudest hundredths of a second against the median one: speech has pauses, hum and hiss have none. */
const LEAST_CONTRAST = 1.5;
/** What of a recording's energy has to be within a clip, so that the word is not cut. */
const LEAST_ENERGY_WITHIN = 0.9;
const FRAME_SECONDS = 0.01;
/** Of sound, in seconds: a spoken vowel alone takes longer, a click does not. */
const LEAST_SOUND = 0.05;

/**
 * The clip that is learnt from: the word in the middle, with what was recorded around it, and zeros where nothing was.
 *
 * @returns `[clipSamples]`.
 * @throws {UserError} `bad-audio` in one sentence if there is nothing, no speech, or more than fits into a clip.
 */
export function checkTake(take: Take, shape: TakeShape): Float32Array {
  const { name } = take;
  const wave = atRateOf(take, shape.sampleRate);
  const frames = frameLevels(wave, shape.sampleRate);
  const loudest = Math.max(0, ...frames);
  if (loudest < LEAST_LEVEL) {
    throw refused(
      name,
      "it is silent",
      "a recording in which the word is heard. Record it again, nearer or louder",
    );
  }
  const [begin, end] = wordBounds(wave, shape.sampleRate);
  if (end - begin < LEAST_SOUND * shape.sampleRate) {
    throw refused(
      name,
      `its sound lasts ${Math.ceil(1000 * (end - begin) / shape.sampleRate)} ms`,
      `a word of at least ${1000 * LEAST_SOUND} ms. Record it again`,
    );
  }
  const isThroughout = end - begin >= 0.9 * wave.length && wave.length > shape.clipSamples / 2;
  if (isThroughout && loudest < LEAST_CONTRAST * median(frames)) {
    throw refused(
      name,
      "it is as loud from end to end, as noise is",
      "a word with something softer before or behind it. Record it again where it is quieter",
    );
  }
  return end - begin <= shape.clipSamples
    ? cutAround(wave, begin, end, shape.clipSamples)
    : loudestClip(wave, name, shape);
}

/** What is learnt not to be a word: all of a recording of any length, in clips that overlap by half. */
export function clipsOf(take: Take, { sampleRate, clipSamples }: TakeShape): Float32Array[] {
  const wave = atRateOf(take, sampleRate);
  if (wave.length <= clipSamples) return [cutAround(wave, 0, wave.length, clipSamples)];
  const hop = Math.max(1, clipSamples >> 1);
  const count = Math.ceil((wave.length - clipSamples) / hop) + 1;
  return Array.from({ length: count }, (_, i) => {
    const first = Math.min(i * hop, wave.length - clipSamples);
    return wave.slice(first, first + clipSamples);
  });
}

function atRateOf({ name, samples, sampleRate }: Take, rate: number): Float32Array {
  if (!Number.isInteger(sampleRate) || sampleRate < LEAST_RATE || sampleRate > MOST_RATE) {
    throw refused(
      name,
      `its rate is ${sampleRate} Hz`,
      `a whole number from ${LEAST_RATE} to ${MOST_RATE}. Record it again at another rate`,
    );
  }
  if (samples.length === 0) throw refused(name, "it has no samples", "at least one. Record it again");
  if (!samples.every(Number.isFinite)) {
    throw refused(name, "it has samples that are no finite numbers", "finite ones. Record it again");
  }
  return sampleRate === rate ? samples : resampler(sampleRate, rate)(samples);
}

/** A stretch in the middle of a clip; where the wave has an end, zeros follow. */
function cutAround(wave: Float32Array, begin: number, end: number, length: number): Float32Array {
  const first = Math.round((begin + end - length) / 2);
  const clip = new Float32Array(length);
  clip.set(wave.subarray(Math.max(0, first), Math.max(0, first + length)), Math.max(0, -first));
  return clip;
}

/** Where something else is heard besides, as in a noisy room: the clip with the most energy, if it has nearly all. */
function loudestClip(wave: Float32Array, name: string, { sampleRate, clipSamples }: TakeShape): Float32Array {
  const sums = new Float64Array(wave.length + 1);
  wave.forEach((value, i) => sums[i + 1] = sums[i]! + value * value);
  const within = (first: number) => sums[Math.min(wave.length, first + clipSamples)]! - sums[first]!;
  const last = wave.length - clipSamples;
  let best = 0;
  for (let first = 1; first <= last; first++) if (within(first) > within(best)) best = first;
  if (within(best) >= LEAST_ENERGY_WITHIN * sums[wave.length]!) {
    return fitLength(wave.slice(best, best + clipSamples), clipSamples);
  }
  const seconds = (samples: number) => (samples / sampleRate).toFixed(1);
  const [begin, end] = wordBounds(wave, sampleRate);
  throw refused(
    name,
    `what is said takes ${seconds(end - begin)} s`,
    `at most the ${
      seconds(clipSamples)
    } s that the model hears at once. Say it faster, or cut away what is said besides`,
  );
}

function frameLevels(wave: Float32Array, sampleRate: number): number[] {
  const size = Math.max(1, Math.round(FRAME_SECONDS * sampleRate));
  return Array.from(
    { length: Math.ceil(wave.length / size) },
    (_, i) => rms(wave.subarray(i * size, (i + 1) * size)),
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function refused(name: string, found: string, wanted: string): UserError {
  return new UserError("bad-audio", `Cannot learn from ${name}: ${found}, wanted ${wanted}.`);
}
