/** Reads the header of an audio file without its samples. */
import { readAudioHeader } from "../audio/audio_header.ts";
import type { WavHeader } from "../audio/wav_header.ts";
import { UserError } from "../base/errors.ts";
import { explainSystemError } from "../base/system_error_io.ts";

/** Enough for the header of nearly every file; more is read where chunks stand before the samples. */
const PREFIX_BYTES = 1024;

/**
 * Header of one file.
 *
 * @throws {UserError} `bad-audio` if it is no readable WAVE or SPHERE file or holds no samples.
 */
export function audioHeaderOf(path: string): WavHeader {
  try {
    using file = Deno.openSync(path);
    const { size } = file.statSync();
    const prefix = readAt(file, 0, Math.min(size, PREFIX_BYTES));
    const header = readAudioHeader(
      (offset, length) =>
        offset + length <= prefix.length
          ? prefix.subarray(offset, offset + length)
          : readAt(file, offset, length),
      size,
      path,
    );
    if (header.frames === 0) {
      throw new UserError("bad-audio", `Cannot use ${path}: found no samples in it, wanted at least one.`);
    }
    return header;
  } catch (error) {
    throw explainSystemError(error, `read ${path}`);
  }
}

function readAt(file: Deno.FsFile, offset: number, length: number): Uint8Array {
  file.seekSync(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const got = file.readSync(bytes.subarray(filled));
    if (got === null) break;
    filled += got;
  }
  return bytes.subarray(0, filled);
}
