/**
 * Noise below what is said, at a ratio in dB. The ratio is that of root mean squares: of the clip from the first to
 * behind the last of its frames in which something is said, so that what pads a short word does not count, and of the
 * noise over the whole clip.
 */
import { rms } from "./level.ts";
import { wordBounds } from "./word_bounds.ts";

/** A recording below this root mean square, -80 dB, is no noise. */
export const LEAST_NOISE = 1e-4;

/** Root mean square of what is said; 0 of a silent clip. @param sampleRate In Hz. */
export function spokenLevel(wave: Float32Array, sampleRate: number): number {
  return rms(wave.subarray(...wordBounds(wave, sampleRate)));
}

/** What noise is multiplied by to lie so far below a level. @param level Root mean square. @param noise Not silent. */
export function gainAtSnr(level: number, noise: Float32Array, snrDb: number): number {
  return level / (rms(noise) * 10 ** (snrDb / 20));
}

/** @param noise At least as long as the wave. @param mixture `[wave.length]`, to be filled. */
export function withNoise(
  wave: Float32Array,
  noise: Float32Array,
  gain: number,
  mixture: Float32Array = new Float32Array(wave.length),
): Float32Array {
  const { length } = wave;
  for (let i = 0; i < length; i++) mixture[i] = wave[i]! + gain * noise[i]!;
  return mixture;
}

/** What is heard of a recording from an offset on, again and again. @param heard `[length]`, to be filled. */
export function rotated(
  recorded: Float32Array,
  offset: number,
  length: number,
  heard: Float32Array = new Float32Array(length),
): Float32Array {
  for (let at = 0, from = offset; at < length; from = 0) {
    const stretch = recorded.subarray(from, from + length - at);
    heard.set(stretch, at);
    at += stretch.length;
  }
  return heard;
}
