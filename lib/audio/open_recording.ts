/** Opens recordings of all kinds that can be read, told apart by their first bytes. */
import { UserError } from "../base/errors.ts";
import { compressedFormat } from "./compressed_format.ts";
import { pcmRecording, type Recording } from "./recording.ts";

/** What begins files that others play: only their names are needed. */
const OTHERS: readonly (readonly [string, string])[] = [
  ["OggS", "Ogg (Opus, or another codec than Vorbis)"],
  ["ID3", "a file with an ID3 tag in front, as MP3 has it"],
  ["\xff\xfb", "MP3"],
  ["\xff\xf3", "MP3"],
  ["\x1aE\xdf\xa3", "WebM or Matroska"],
  ["FORM", "AIFF"],
  [".snd", "Sun audio"],
  ["RIFX", "big-endian WAVE"],
  ["caff", "Core Audio"],
  [
    "version https://git-lfs",
    "a pointer that Git LFS leaves in a file's place (git lfs pull brings the file)",
  ],
];

/** Whether a file has to be decoded to know that it can be. @param head Its first bytes. */
export function isPacked(head: Uint8Array): boolean {
  return isFlac(head) || compressedFormat(head) !== undefined;
}

function isFlac(head: Uint8Array): boolean {
  return textOf(head, 4) === "fLaC";
}

/**
 * Opens a recording: WAVE, FLAC, SPHERE, MP3 or Ogg Vorbis.
 *
 * ```ts
 * import { encodeWav16, openRecording } from "./lib/mod.ts";
 *
 * const recording = await openRecording(encodeWav16(new Float32Array(8000), 16000), "silence.wav");
 * console.log(recording.decode(0, recording.frames).length); // 8000
 * ```
 *
 * @param bytes The file. @param name What error messages call it.
 * @throws {UserError} `bad-audio` if it cannot be decoded.
 */
export async function openRecording(bytes: Uint8Array, name: string): Promise<Recording> {
  if (textOf(bytes, 4) === "RIFF") return pcmRecording(bytes, name); // most are, and need no other look
  if (isFlac(bytes)) return await (await import("./flac.ts")).flacRecording(bytes, name);
  const format = compressedFormat(bytes);
  if (format !== undefined) {
    return await (await import("./compressed.ts")).compressedRecording(bytes, format, name);
  }
  checkKind(bytes, name);
  return pcmRecording(bytes, name);
}

/** @param read What is read here. @throws {UserError} `bad-audio` for a file of a kind that is known and not read. */
export function checkKind(
  head: Uint8Array,
  name: string,
  read = "WAVE, FLAC, SPHERE, MP3 or Ogg Vorbis",
): void {
  const isMp4 = textOf(head.subarray(4), 4) === "ftyp"; // behind the size of its first box
  const other = isMp4 ? ["", "MP4 or M4A"] : OTHERS.find(([magic]) => textOf(head, magic.length) === magic);
  if (other === undefined) return;
  throw new UserError(
    "bad-audio",
    `Cannot read ${name}: it is ${
      other[1]
    }, wanted ${read}. Convert it, for example with ffmpeg -i IN OUT.wav.`,
  );
}

function textOf(bytes: Uint8Array, length: number): string {
  return String.fromCharCode(...bytes.subarray(0, length));
}
