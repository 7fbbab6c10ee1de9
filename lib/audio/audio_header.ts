/** Headers of all audio files that can be read: RIFF WAVE and NIST SPHERE, told apart by their first bytes. */
import { readSphereHeader, SPHERE_MAGIC } from "./sphere.ts";
import { type ReadAt, readWavHeader, type WavHeader } from "./wav_header.ts";

/**
 * @param source The file's bytes, or a reader of parts of it.
 * @param fileSize The file's real size in bytes.
 * @param name What error messages call the file.
 * @throws {UserError} `bad-audio` if the file is truncated, damaged or of an unsupported encoding.
 */
export function readAudioHeader(source: Uint8Array | ReadAt, fileSize: number, name: string): WavHeader {
  const readAt: ReadAt = typeof source === "function"
    ? source
    : (offset, length) => source.subarray(offset, offset + length);
  const magic = String.fromCharCode(...readAt(0, SPHERE_MAGIC.length));
  return magic === SPHERE_MAGIC
    ? readSphereHeader(readAt, fileSize, name)
    : readWavHeader(readAt, fileSize, name);
}
