/**
 * Decodes RIFF WAVE audio to mono samples and encodes 16-bit WAVE. Full scale is 1: an integer sample of `b` bits is
 * divided by 2^(b-1), so 16-bit audio survives decoding and encoding unchanged.
 */
import type { UserError } from "../base/errors.ts";
import { badAudio } from "./bad_audio.ts";
import { readWavHeader, type WavHeader } from "./wav_header.ts";

/** Audio out of a file. */
export interface DecodedWav {
  /** In Hz. */
  readonly sampleRate: number;
  /** Channels in the file; more than one were mixed down by their mean. */
  readonly channels: number;
  /** `[frames]`, full scale 1. */
  readonly samples: Float32Array;
}

/**
 * Decodes a whole file of integers, or of floats whose full scale is 1.
 *
 * @param bytes The file.
 * @param name What error messages call it.
 * @throws {UserError} `bad-audio` if the file cannot be decoded or holds a sample that is not finite.
 */
export function decodeWav(bytes: Uint8Array, name: string): DecodedWav {
  const header = readWavHeader(bytes, bytes.length, name);
  return {
    sampleRate: header.sampleRate,
    channels: header.channels,
    samples: decodeFrames(header, bytes.subarray(header.dataOffset), 0, header.frames, name),
  };
}

/**
 * Decodes frames to mono: one channel, or the mean of all.
 *
 * @param data Bytes of frames, the first of which is frame `first` of the file.
 * @param first For messages only. @param count How many frames to decode.
 * @param channel Counted from 0.
 * @returns `[count]`, full scale 1.
 * @throws {UserError} `bad-audio` if a sample is NaN or infinite.
 */
export function decodeFrames(
  header: WavHeader,
  data: Uint8Array,
  first: number,
  count: number,
  name: string,
  channel?: number,
): Float32Array {
  const { channels, sampleBytes } = header;
  if (data.length < count * channels * sampleBytes) {
    throw badAudio(
      name,
      "WAVE",
      `found ${data.length} bytes of samples`,
      `${count * channels * sampleBytes}; the file ends early`,
    );
  }
  const [from, to] = channel === undefined ? [0, channels] : [channel, channel + 1];
  const integers = integersOf(header, data, count, channel);
  if (integers !== undefined) return fromInt16(integers);
  const sampleAt = sampleReader(header, data);
  const samples = new Float32Array(count);
  for (let frame = 0; frame < count; frame++) {
    let sum = 0;
    for (let i = from; i < to; i++) sum += sampleAt((frame * channels + i) * sampleBytes);
    const mean = sum / (to - from);
    if (!Number.isFinite(Math.fround(mean))) throw notFinite(name, first + frame, mean);
    samples[frame] = mean;
  }
  return samples;
}

/** Largest absolute value of any channel. @throws {UserError} `bad-audio` if a sample is NaN or infinite. */
export function peakOf(header: WavHeader, data: Uint8Array, name: string): number {
  const { channels, sampleBytes, frames } = header;
  const sampleAt = sampleReader(header, data);
  let peak = 0;
  for (let i = 0; i < frames * channels; i++) {
    const size = Math.abs(sampleAt(i * sampleBytes));
    if (!Number.isFinite(Math.fround(size))) {
      throw notFinite(name, Math.floor(i / channels), sampleAt(i * sampleBytes));
    }
    if (size > peak) peak = size;
  }
  return peak;
}

/**
 * Mono 16-bit PCM WAVE of `samples`; what exceeds full scale is clipped.
 *
 * ```ts
 * const [header] = encodeWav16(Float32Array.of(0, 0.5), 8000);
 * console.log(header); // 82: the R of RIFF
 * ```
 *
 * @param sampleRate In Hz.
 * @throws {RangeError} If a sample is not finite.
 */
export function encodeWav16(samples: Float32Array, sampleRate: number): Uint8Array {
  const bytes = new Uint8Array(44 + 2 * samples.length);
  const fields = new DataView(bytes.buffer);
  const text = (at: number, value: string) => {
    for (let i = 0; i < value.length; i++) bytes[at + i] = value.charCodeAt(i);
  };
  text(0, "RIFF");
  fields.setUint32(4, bytes.length - 8, true);
  text(8, "WAVEfmt ");
  fields.setUint32(16, 16, true);
  fields.setUint16(20, 1, true);
  fields.setUint16(22, 1, true);
  fields.setUint32(24, sampleRate, true);
  fields.setUint32(28, 2 * sampleRate, true);
  fields.setUint16(32, 2, true);
  fields.setUint16(34, 16, true);
  text(36, "data");
  fields.setUint32(40, 2 * samples.length, true);
  const { length } = samples;
  for (let i = 0; i < length; i++) fields.setInt16(44 + 2 * i, integerOf(samples, i), true);
  return bytes;
}

/** Samples of full scale 1 as 16-bit integers, rounded, clipped to the range. @throws {RangeError} On NaN or infinity. */
export function toInt16(samples: Float32Array): Int16Array {
  const result = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) result[i] = integerOf(samples, i);
  return result;
}

/** Samples as they are after {@link toInt16}. @throws {RangeError} On NaN or infinity. */
export function roundTo16(samples: Float32Array): Float32Array {
  return fromInt16(toInt16(samples)); // no -0, as integers have none
}

/** 16-bit integers as samples of full scale 1. */
export function fromInt16(integers: Int16Array): Float32Array {
  const samples = new Float32Array(integers.length);
  for (let i = 0; i < samples.length; i++) samples[i] = integers[i]! * LEAST_16; // in a third less time than a division
  return samples;
}

/**
 * Samples of one channel as they lie in the file, which most do; undefined: they are others, or several to be mixed.
 *
 * @param data Bytes of frames. @param channel Counted from 0; the mean of all if absent.
 * @returns `[count]`; of a file with one channel a view of it.
 */
export function integersOf(
  { encoding, sampleBytes, byteOrder, channels }: WavHeader,
  data: Uint8Array,
  count: number,
  channel?: number,
): Int16Array | undefined {
  const is16Bits = encoding !== "float" && sampleBytes === 2 && byteOrder === "little";
  if (!is16Bits || data.byteOffset % 2 !== 0 || (channels > 1 && channel === undefined)) return undefined;
  const integers = new Int16Array(data.buffer, data.byteOffset, count * channels);
  if (channels === 1) return integers;
  const own = new Int16Array(count);
  for (let i = 0, at = channel!; i < count; i++, at += channels) own[i] = integers[at]!;
  return own;
}

function integerOf(samples: Float32Array, i: number): number {
  const value = samples[i]!;
  if (!Number.isFinite(value)) {
    throw new RangeError(`Cannot encode sample ${i}: found ${value}, wanted a number`);
  }
  return Math.max(-32768, Math.min(32767, Math.round(value * 32768)));
}

/** What the least change of 16 bits is at full scale 1. */
const LEAST_16 = 2 ** -15;

function notFinite(name: string, sample: number, value: number): UserError {
  return badAudio(name, "WAVE", `sample ${sample} is ${value}`, "a finite number");
}

function sampleReader(header: WavHeader, data: Uint8Array): (at: number) => number {
  const fields = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const little = header.byteOrder === "little";
  if (header.encoding === "float") {
    return header.sampleBytes === 4
      ? (at) => fields.getFloat32(at, little)
      : (at) => fields.getFloat64(at, little);
  }
  switch (header.sampleBytes) {
    case 1:
      return (at) => (data[at]! - 128) / 128; // 8-bit WAVE is unsigned
    case 2:
      return (at) => fields.getInt16(at, little) / 2 ** 15;
    case 3: // of WAVE files only, which are little-endian
      return (at) => (fields.getInt16(at + 1, true) * 256 + data[at]!) / 2 ** 23;
    default:
      return (at) => fields.getInt32(at, little) / 2 ** 31;
  }
}
