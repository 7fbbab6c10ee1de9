/** A recording as it is decoded: all of it or a part, its channels mixed down or one of them. */
import { UserError } from "../base/errors.ts";
import { readAudioHeader } from "./audio_header.ts";
import { decodeFrames, integersOf, peakOf } from "./wav.ts";

/** A recording whose parts can be decoded. */
export interface Recording {
  /** In Hz. */
  readonly sampleRate: number;
  /** Channels in the file. */
  readonly channels: number;
  /** Samples of each channel. */
  readonly frames: number;
  /** Whether its samples have more than 16 bits. */
  readonly isFine: boolean;
  /** What its samples were multiplied by, so that full scale is 1; not 1 where floats are in the range of integers. */
  readonly gain: number;
  /** Whether samples go beyond full scale, as those of floats may; they are not clipped. */
  readonly isBeyond: boolean;
  /**
   * Mono samples of a part.
   * @param channel Counted from 0; the mean of all if absent.
   * @returns `[count]`, full scale 1.
   * @throws {UserError} `bad-audio` if it ends before the part does or has no such channel.
   */
  decode(start: number, count: number, channel?: number): Float32Array;
  /**
   * The same as 16-bit integers; absent or undefined: those of the file are others, or there are several channels to mix.
   * @returns `[count]`; may be a view of the file.
   */
  integers?(start: number, count: number, channel?: number): Int16Array | undefined;
}

/** What there is to know of a recording without its samples. */
export type AudioFacts = Omit<Recording, "decode" | "integers">;

/** Mixing and equalising lead a little beyond full scale; 18 dB is the range of something else. */
const MOST_BEYOND_FULL_SCALE = 8;
/** 12 dB beyond the full scale of 16 bits: what was resampled or mixed in that range is still in it. */
const MOST_IN_16_BITS = 2 ** 17;

/**
 * WAVE and SPHERE. Float samples are looked at as a whole: those of a recording that goes beyond 8 times full scale are
 * in the range of 16-bit integers, as when an array is written that was never divided by 32768, and are divided by it.
 *
 * @param bytes The file. @param name What error messages call it.
 * @throws {UserError} `bad-audio` if it cannot be decoded, or holds floats that are not finite or in no known range.
 */
export function pcmRecording(bytes: Uint8Array, name: string): Recording {
  const header = readAudioHeader(bytes, bytes.length, name);
  const { sampleRate, channels, frames, encoding, sampleBytes, dataOffset } = header;
  const frameBytes = channels * sampleBytes;
  const peak = encoding === "float" ? peakOf(header, bytes.subarray(dataOffset), name) : 1;
  const gain = gainOf(peak, name);
  const dataFrom = (start: number, count: number, channel: number | undefined) => {
    checkPart({ frames, channels }, start, count, channel, name);
    return bytes.subarray(dataOffset + start * frameBytes);
  };
  return {
    sampleRate,
    channels,
    frames,
    isFine: sampleBytes > 2,
    gain,
    isBeyond: peak * gain > 1,
    decode(start, count, channel) {
      const samples = decodeFrames(header, dataFrom(start, count, channel), start, count, name, channel);
      return gain === 1 ? samples : samples.map((sample) => sample * gain);
    },
    integers: (start, count, channel) => integersOf(header, dataFrom(start, count, channel), count, channel),
  };
}

/** @throws {UserError} `bad-audio` if the recording has no such part. */
export function checkPart(
  { frames, channels }: Pick<Recording, "frames" | "channels">,
  start: number,
  count: number,
  channel: number | undefined,
  name: string,
): void {
  if (start + count > frames) {
    throw new UserError(
      "bad-audio",
      `Cannot read samples ${start} to ${
        start + count - 1
      } of ${name}: it has ${frames} samples. Index the data set again.`,
    );
  }
  if (channel === undefined || channel < channels) return;
  throw new UserError(
    "bad-audio",
    `Cannot read channel ${channel} of ${name}: it has ${channels}, counted from 0. Correct what asks for it.`,
  );
}

/**
 * Decodes parts of a recording that is in memory already.
 *
 * @param planes `[channels][frames]`. @param scale What full scale is in them. @param name What error messages call it.
 */
export function decoderOf(
  planes: readonly (Int32Array | Float32Array)[],
  scale: number,
  name: string,
): Recording["decode"] {
  const shape = { frames: planes[0]!.length, channels: planes.length };
  return (start, count, channel) => {
    checkPart(shape, start, count, channel, name);
    const heard = channel === undefined ? planes : [planes[channel]!];
    return Float32Array.from({ length: count }, (_, i) => {
      let sum = 0;
      for (const plane of heard) sum += plane[start + i]!;
      return sum / heard.length / scale;
    });
  };
}

function gainOf(peak: number, name: string): number {
  if (peak <= MOST_BEYOND_FULL_SCALE) return 1;
  if (peak <= MOST_IN_16_BITS) return 1 / 32768;
  throw new UserError(
    "bad-audio",
    `Cannot read ${name} as WAVE audio: its floats reach ${
      peak.toPrecision(4)
    }, wanted a full scale of 1, or that of ` +
      `16-bit integers. Divide them by what full scale was, and write the file again.`,
  );
}
