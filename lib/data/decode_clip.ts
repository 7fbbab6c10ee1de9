/** From a recording's bytes to a clip of the length and rate that models take. */
import { readAudioHeader } from "../audio/audio_header.ts";
import { fitLength } from "../audio/clip.ts";
import type { Resampler } from "../audio/resample.ts";
import { decodeFrames, toInt16 } from "../audio/wav.ts";
import { UserError } from "../base/errors.ts";

export interface ClipShape {
  /** In Hz. */
  readonly sampleRate: number;
  readonly clipSamples: number;
}

/**
 * Decodes, mixes down, cuts at the clip's start, resamples, pads or trims at the end, and rounds to 16 bits.
 *
 * @param name What error messages call the recording.
 * @param start First sample of the clip, at the recording's rate.
 * @param resamplerFrom Gives a resampler from a rate to that of the shape.
 * @returns `[clipSamples]`.
 * @throws {UserError} `bad-audio` if the recording cannot be decoded or ends before the clip's start.
 */
export function decodeClip(
  bytes: Uint8Array,
  name: string,
  start: number,
  { sampleRate, clipSamples }: ClipShape,
  resamplerFrom: (rateHz: number) => Resampler,
): Int16Array {
  const header = readAudioHeader(bytes, bytes.length, name);
  if (start >= header.frames) {
    throw new UserError(
      "bad-audio",
      `Cannot read a clip from sample ${start} of ${name}: it has ${header.frames} samples. Index the folder again.`,
    );
  }
  const count = Math.min(header.frames - start, Math.ceil(clipSamples * header.sampleRate / sampleRate));
  const frameBytes = header.channels * header.sampleBytes;
  const data = bytes.subarray(header.dataOffset + start * frameBytes);
  const samples = decodeFrames(header, data, start, count, name);
  return toInt16(fitLength(resamplerFrom(header.sampleRate)(samples), clipSamples));
}
