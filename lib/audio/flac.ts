/** FLAC, decoded as a whole and compared to the digest that its header has (RFC 9639). */
import { FLACDecoder } from "@wasm-audio-decoders/flac";
import { createHash } from "node:crypto";
import type { UserError } from "../base/errors.ts";
import { badAudio } from "./bad_audio.ts";
import { decoderOf, type Recording } from "./recording.ts";
import { unprinted } from "./unprinted_io.ts";

/** Beyond so many bits the decoder's float32 no longer tells neighbouring integers apart. */
const MOST_BITS = 24;
/** `fLaC`, then the head of the first block, then its 34 bytes. */
const STREAM_INFO_AT = 8;
const STREAM_INFO_BYTES = 34;

interface StreamInfo {
  readonly channels: number;
  readonly bits: number;
  /** Null where the writer did not know. */
  readonly frames: number | null;
  readonly md5: string | null;
}

/** @throws {UserError} `bad-audio` if the file is truncated, damaged or of more than 24 bits. */
export async function flacRecording(bytes: Uint8Array, name: string): Promise<Recording> {
  const info = readStreamInfo(bytes, name);
  const decoder = new FLACDecoder();
  await decoder.ready;
  try {
    const decoding = unprinted(() => decoder.decodeFile(bytes)); // decodes before it waits
    const { channelData, sampleRate, samplesDecoded: frames } = await decoding;
    const planes = channelData.map((samples) => integersOf(samples.subarray(0, frames), info.bits));
    check(info, planes, frames, name);
    const scale = 2 ** (info.bits - 1);
    return {
      sampleRate,
      channels: info.channels,
      frames,
      isFine: info.bits > 16,
      gain: 1,
      isBeyond: false,
      decode: decoderOf(planes, scale, name),
    };
  } finally {
    decoder.free();
  }
}

function readStreamInfo(bytes: Uint8Array, name: string): StreamInfo {
  if (bytes.length < STREAM_INFO_AT + STREAM_INFO_BYTES || (bytes[4]! & 0x7f) !== 0) {
    throw bad(name, "no stream information", "a whole file");
  }
  const block = bytes.subarray(STREAM_INFO_AT, STREAM_INFO_AT + STREAM_INFO_BYTES);
  const bits = (((block[12]! & 1) << 4) | (block[13]! >> 4)) + 1;
  if (bits > MOST_BITS) throw bad(name, `samples of ${bits} bits`, `at most ${MOST_BITS}`);
  const fields = new DataView(block.buffer, block.byteOffset);
  const frames = (block[13]! & 15) * 2 ** 32 + fields.getUint32(14);
  const digest = block.subarray(18);
  return {
    channels: ((block[12]! >> 1) & 7) + 1,
    bits,
    frames: frames === 0 ? null : frames,
    md5: digest.every((byte) => byte === 0) ? null : digest.toHex(),
  };
}

/** The decoder divides by the largest integer, so the integers are had back exactly. */
function integersOf(samples: Float32Array, bits: number): Int32Array {
  const most = 2 ** (bits - 1) - 1;
  return Int32Array.from(samples, (sample) => Math.round(sample * most));
}

function check(info: StreamInfo, planes: readonly Int32Array[], frames: number, name: string): void {
  if (planes.length !== info.channels || frames === 0 || (info.frames !== null && frames !== info.frames)) {
    throw bad(
      name,
      `${frames} samples that can be decoded`,
      `${info.frames ?? "some"}; the file ends early or is damaged`,
    );
  }
  if (info.md5 === null || md5Of(planes, frames, info.bits) === info.md5) return;
  throw bad(name, "samples that do not have the digest in its header", "a whole file");
}

/** Of the samples as they were encoded: interleaved, little-endian, in as many bytes as they need. */
function md5Of(planes: readonly Int32Array[], frames: number, bits: number): string {
  const width = Math.ceil(bits / 8);
  const bytes = new Uint8Array(frames * planes.length * width);
  let at = 0;
  for (let frame = 0; frame < frames; frame++) {
    for (const plane of planes) {
      for (let value = plane[frame]!, i = 0; i < width; i++, value >>= 8) bytes[at++] = value & 255;
    }
  }
  return createHash("md5").update(bytes).digest("hex");
}

function bad(name: string, found: string, wanted: string): UserError {
  return badAudio(name, "FLAC", `found ${found}`, wanted);
}
