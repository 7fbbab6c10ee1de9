/** From a recording to the samples that models take. */
import { fitLength } from "../audio/clip.ts";
import type { Recording } from "../audio/recording.ts";
import { resampledLength, type Resampler } from "../audio/resample.ts";

/** A part of a recording, at its own rate. */
export interface Stretch {
  readonly start: number;
  readonly count: number;
  /** Counted from 0; the mean of all if absent. */
  readonly channel?: number;
}

/** Gives a resampler from a rate to the wanted one. */
export type ResamplerFrom = (rateHz: number) => Resampler;

export interface ClipShape {
  /** In Hz. */
  readonly sampleRate: number;
  readonly clipSamples: number;
}

/**
 * Mixes down and resamples a stretch; what lies around it in the recording is heard at its ends, as when the whole is
 * resampled before it is cut.
 *
 * @returns `[ceil(count * sampleRate / recording's)]`.
 * @throws {UserError} `bad-audio` if the recording ends before the stretch does.
 */
export function decodeStretch(
  recording: Recording,
  { start, count, channel }: Stretch,
  sampleRate: number,
  resamplerFrom: ResamplerFrom,
): Float32Array {
  if (recording.sampleRate === sampleRate) return recording.decode(start, count, channel);
  const resample = resamplerFrom(recording.sampleRate);
  const from = Math.max(0, start - resample.reach);
  const to = Math.max(start + count, Math.min(recording.frames, start + count + resample.reach));
  return resample(
    recording.decode(from, to - from, channel),
    start - from,
    resampledLength(count, recording.sampleRate, sampleRate),
  );
}

/**
 * A clip of one length: a stretch, padded with zeros where the recording is shorter.
 *
 * @param start First sample of the clip, at the recording's rate.
 * @returns `[clipSamples]`.
 * @throws {UserError} `bad-audio` if the recording ends before the clip's start.
 */
export function decodeClip(
  recording: Recording,
  start: number,
  shape: ClipShape,
  resamplerFrom: ResamplerFrom,
): Float32Array {
  const stretch = clipStretch(recording, start, shape);
  return fitLength(decodeStretch(recording, stretch, shape.sampleRate, resamplerFrom), shape.clipSamples);
}

/** What of a recording {@link decodeClip} hears. */
export function clipStretch(
  { frames, sampleRate: ownRate }: Recording,
  start: number,
  { sampleRate, clipSamples }: ClipShape,
): Stretch {
  // At least one, so that a start behind the end is an error.
  const left = Math.max(1, frames - start);
  return { start, count: Math.min(left, resampledLength(clipSamples, sampleRate, ownRate)) };
}
