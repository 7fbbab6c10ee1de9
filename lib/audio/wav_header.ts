/** Reads the header of RIFF WAVE files and refuses what cannot be decoded, before anything is allocated. */
import type { UserError } from "../base/errors.ts";
import { badAudio } from "./bad_audio.ts";

export interface WavHeader {
  readonly encoding: "integer" | "float";
  readonly byteOrder: "little" | "big";
  /** Bytes of one sample of one channel: 1 to 4, or 8 (float64). */
  readonly sampleBytes: 1 | 2 | 3 | 4 | 8;
  readonly channels: number;
  /** In Hz. */
  readonly sampleRate: number;
  /** Where the samples begin in the file, in bytes. */
  readonly dataOffset: number;
  /** Samples of each channel. */
  readonly frames: number;
}

/** Returns `length` bytes of the file from `offset`, or fewer at its end. */
export type ReadAt = (offset: number, length: number) => Uint8Array;

const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_EXTENSIBLE = 0xfffe;
const OTHER_FORMATS: Readonly<Record<number, string>> = {
  2: "Microsoft ADPCM",
  6: "A-law",
  7: "mu-law",
  17: "IMA ADPCM",
  49: "GSM 6.10",
  80: "MPEG",
  85: "MP3",
  353: "WMA",
};
const MAX_CHANNELS = 256;
const MAX_SAMPLE_RATE_HZ = 768_000;
/** From here on a size is none: writers to a pipe cannot know it and leave 0xFFFFFFFF, 0x7FFFF000 or the like. */
const LEAST_UNKNOWN_BYTES = 0x7fff_0000;
/** Real files have a handful of chunks; a file of nothing but empty ones is refused early. */
const MAX_CHUNKS = 1000;

/**
 * Reads a RIFF WAVE header: PCM of 8, 16, 24 or 32 bits, float of 32 or 64, plain or WAVE_FORMAT_EXTENSIBLE, chunks
 * in any order. Layout as in Microsoft's "Multimedia Programming Interface and Data Specifications 1.0" (1991), and as
 * RF64 (EBU Tech 3306), whose `ds64` chunk has the size of the samples. Samples of a size that the writer did not know,
 * as in a stream, go on to the end of the file.
 *
 * @param source The file's bytes, or a reader of parts of it.
 * @param fileSize The file's real size in bytes; sizes claimed inside the file are checked against it.
 * @param name What error messages call the file.
 * @throws {UserError} `bad-audio` if the file is truncated, damaged or of an unsupported encoding.
 */
export function readWavHeader(source: Uint8Array | ReadAt, fileSize: number, name: string): WavHeader {
  const readAt: ReadAt = typeof source === "function"
    ? source
    : (offset, length) => source.subarray(offset, offset + length);
  const riffBytes = readMagic(readAt(0, 12), name);
  let longBytes: number | undefined;
  let format: Format | undefined;
  let data: { offset: number; bytes: number; isOpen: boolean } | undefined;
  let offset = 12;
  for (let chunk = 0; chunk < MAX_CHUNKS && (format === undefined || data === undefined); chunk++) {
    const head = readAt(offset, 8);
    if (head.length < 8) break;
    const id = ascii(head.subarray(0, 4));
    const claimed = view(head).getUint32(4, true);
    const room = fileSize - offset - 8;
    const isLong = id === "data" && longBytes !== undefined && claimed === 0xffff_ffff;
    const isOpen = id === "data" && !isLong && isUnknown(claimed, riffBytes, offset, room);
    const bytes = isLong ? longBytes! : isOpen ? room : claimed;
    if (bytes > room && (id === "fmt " || id === "data")) {
      throw bad(
        name,
        `its "${id}" chunk claims ${bytes} bytes where ${Math.max(0, room)} are left`,
        "a whole file",
      );
    }
    if (id === "fmt ") {
      const found = readFormat(readAt(offset + 8, Math.min(bytes, 40)), name);
      if (format !== undefined && JSON.stringify(found) !== JSON.stringify(format)) {
        throw bad(name, 'two "fmt " chunks that differ', "one that names the encoding");
      }
      format = found;
    }
    if (id === "ds64") {
      longBytes = readLongBytes(readAt(offset + 16, Math.max(0, Math.min(8, bytes - 8))), name);
    }
    if (id === "data") data = { offset: offset + 8, bytes, isOpen };
    offset += 8 + bytes + (bytes & 1); // chunks are padded to even sizes
  }
  if (format === undefined) throw bad(name, 'no "fmt " chunk', "one that names the encoding");
  if (data === undefined) throw bad(name, 'no "data" chunk', "one with samples");
  const frameBytes = format.channels * format.sampleBytes;
  if (data.bytes % frameBytes !== 0 && !data.isOpen) {
    throw bad(name, `${data.bytes} bytes of samples`, `a multiple of ${frameBytes}, the size of one frame`);
  }
  return {
    ...format,
    byteOrder: "little",
    dataOffset: data.offset,
    frames: Math.floor(data.bytes / frameBytes),
  };
}

/** Whether the size of the samples is what a writer leaves there that does not know it. */
function isUnknown(bytes: number, riffBytes: number, offset: number, room: number): boolean {
  const isWholeUnknown = riffBytes >= LEAST_UNKNOWN_BYTES;
  if (bytes >= LEAST_UNKNOWN_BYTES) return bytes > room && (isWholeUnknown || riffBytes === 0);
  // Zero stays where a writer was to come back: then the whole is said to end here as well.
  return bytes === 0 && room > 0 && (riffBytes <= offset || isWholeUnknown);
}

/** @param field Of a `ds64` chunk, behind the eight bytes for the size of the whole. */
function readLongBytes(field: Uint8Array, name: string): number {
  if (field.length < 8) throw bad(name, 'a "ds64" chunk that is cut off', "one with the size of the samples");
  return Number(view(field).getBigUint64(0, true));
}

type Format = Omit<WavHeader, "byteOrder" | "dataOffset" | "frames">;

/** @returns What the whole claims to have behind its first eight bytes. */
function readMagic(head: Uint8Array, name: string): number {
  if (head.length < 12) throw bad(name, `${head.length} bytes`, "a RIFF WAVE file of at least 44");
  const [container, kind] = [ascii(head.subarray(0, 4)), ascii(head.subarray(8, 12))];
  if (!["RIFF", "RF64"].includes(container) || kind !== "WAVE") {
    throw bad(name, `a file that starts with "${container}....${kind}"`, '"RIFF....WAVE"');
  }
  return view(head).getUint32(4, true);
}

function readFormat(bytes: Uint8Array, name: string): Format {
  if (bytes.length < 16) throw bad(name, `a "fmt " chunk of ${bytes.length} bytes`, "at least 16");
  const fields = view(bytes);
  let tag = fields.getUint16(0, true);
  const channels = fields.getUint16(2, true);
  const sampleRate = fields.getUint32(4, true);
  const frameBytes = fields.getUint16(12, true);
  const bits = fields.getUint16(14, true);
  if (tag === FORMAT_EXTENSIBLE) {
    if (bytes.length < 26) {
      throw bad(name, "an extensible format without its sub-format", "40 bytes of format");
    }
    tag = fields.getUint16(24, true); // the first two bytes of the sub-format's GUID are the plain tag
  }
  if (channels < 1 || channels > MAX_CHANNELS) {
    throw bad(name, `${channels} channels`, `1 to ${MAX_CHANNELS}`);
  }
  if (sampleRate < 1 || sampleRate > MAX_SAMPLE_RATE_HZ) {
    throw bad(name, `a sample rate of ${sampleRate} Hz`, `1 to ${MAX_SAMPLE_RATE_HZ}`);
  }
  if (tag !== FORMAT_PCM && tag !== FORMAT_FLOAT) {
    throw bad(
      name,
      `encoding ${tag} (${OTHER_FORMATS[tag] ?? "unknown"})`,
      "PCM (1) or float (3)",
    );
  }
  const encoding = tag === FORMAT_PCM ? "integer" : "float";
  const sizes = encoding === "integer" ? [8, 16, 24, 32] : [32, 64];
  if (!sizes.includes(bits)) {
    throw bad(name, `${encoding} samples of ${bits} bits`, `one of ${sizes.join(", ")}`);
  }
  if (frameBytes !== channels * bits / 8) {
    throw bad(name, `frames of ${frameBytes} bytes`, `${channels * bits / 8} for ${channels} x ${bits} bits`);
  }
  return { encoding, sampleBytes: bits / 8 as WavHeader["sampleBytes"], channels, sampleRate };
}

function bad(name: string, found: string, wanted: string): UserError {
  return badAudio(name, "WAVE", `found ${found}`, wanted);
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function ascii(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "?";
  return text;
}
