/**
 * Reads the header of NIST SPHERE files, the audio format of LDC corpora: lines of `name -type value` in a header of
 * a size that its second line gives, then samples. Layout as in NIST's SPHERE 2.6 documentation, `header.doc`.
 */
import type { UserError } from "../base/errors.ts";
import { badAudio } from "./bad_audio.ts";
import type { ReadAt, WavHeader } from "./wav_header.ts";

export const SPHERE_MAGIC = "NIST_1A";
/** `NIST_1A\n`, then the header's size in eight characters. */
const PREAMBLE_BYTES = 16;
/** Real headers have 1,024 bytes, rarely twice that. */
const MAX_HEADER_BYTES = 65536;
const MAX_CHANNELS = 256;
const MAX_SAMPLE_RATE_HZ = 768_000;

/**
 * @param fileSize The file's real size in bytes: the header's sizes are checked against it.
 * @param name What error messages call the file.
 * @throws {UserError} `bad-audio` if the file is truncated, damaged, compressed or of an unsupported encoding.
 */
export function readSphereHeader(readAt: ReadAt, fileSize: number, name: string): WavHeader {
  const preamble = ascii(readAt(0, PREAMBLE_BYTES));
  const dataOffset = Number(preamble.slice(SPHERE_MAGIC.length).trim());
  if (!Number.isInteger(dataOffset) || dataOffset < PREAMBLE_BYTES || dataOffset > MAX_HEADER_BYTES) {
    throw bad(name, `a header that does not say its size`, `"1024" in its second line`);
  }
  if (fileSize < dataOffset) {
    throw bad(name, `${fileSize} bytes`, `a header of ${dataOffset}; the file ends early`);
  }
  const fields = fieldsOf(ascii(readAt(0, dataOffset)), name);
  const coding = fields.get("sample_coding") ?? "pcm";
  if (coding !== "pcm") {
    throw bad(name, `sample_coding ${coding}`, `pcm; unpack it first, for example with sph2pipe -p`);
  }
  const sampleBytes = whole(fields, "sample_n_bytes", 1, 8, name);
  if (sampleBytes !== 2) throw bad(name, `samples of ${8 * sampleBytes} bits`, "16");
  const order = fields.get("sample_byte_format");
  if (order !== "01" && order !== "10") {
    throw bad(name, `sample_byte_format ${order ?? "missing"}`, "01 (little-endian) or 10 (big-endian)");
  }
  const channels = fields.has("channel_count") ? whole(fields, "channel_count", 1, MAX_CHANNELS, name) : 1;
  const frames = whole(fields, "sample_count", 0, Number.MAX_SAFE_INTEGER, name);
  const wanted = frames * channels * sampleBytes;
  if (fileSize - dataOffset < wanted) {
    throw bad(
      name,
      `${fileSize - dataOffset} bytes of samples`,
      `${wanted} for the ${frames} samples that its header announces; the file ends early`,
    );
  }
  return {
    encoding: "integer",
    sampleBytes,
    channels,
    sampleRate: whole(fields, "sample_rate", 1, MAX_SAMPLE_RATE_HZ, name),
    dataOffset,
    frames,
    byteOrder: order === "10" ? "big" : "little",
  };
}

function fieldsOf(text: string, name: string): ReadonlyMap<string, string> {
  const lines = text.split("\n").map((line) => line.trim());
  const end = lines.indexOf("end_head");
  if (end < 0) throw bad(name, "a header without end_head", "one that ends with it");
  const fields = lines.slice(2, end).map((line) => /^(\S+)\s+-(?:i|r|s\d+)\s+(.*)$/.exec(line));
  return new Map(fields.flatMap((match) => match === null ? [] : [[match[1]!, match[2]!.trim()] as const]));
}

function whole(
  fields: ReadonlyMap<string, string>,
  key: string,
  least: number,
  most: number,
  name: string,
): number {
  const text = fields.get(key);
  const value = Number(text);
  if (text !== undefined && Number.isInteger(value) && value >= least && value <= most) return value;
  throw bad(name, `${key} ${text ?? "missing"}`, `a whole number from ${least}`);
}

function bad(name: string, found: string, wanted: string): UserError {
  return badAudio(name, "SPHERE", `found ${found}`, wanted);
}

function ascii(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
