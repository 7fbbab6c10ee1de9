/** Finds out what an audio file is, and that all of it can be decoded. */
import { readAt } from "../base/read_at_io.ts";
import { readAudioHeader } from "../audio/audio_header.ts";
import { checkKind, isPacked, openRecording } from "../audio/open_recording.ts";
import type { AudioFacts } from "../audio/recording.ts";
import { UserError } from "../base/errors.ts";
import { explainSystemError } from "../base/system_error_io.ts";

/** Enough for the header of nearly every file; more is read where chunks stand before the samples. */
const PREFIX_BYTES = 1024;

/**
 * Looks at one file. Of integers the header says it all; floats may not be finite and packed samples may be damaged, so
 * these are read to the end.
 *
 * @throws {UserError} `bad-audio` if it is not there, cannot be decoded or holds no samples.
 */
export async function examineAudio(path: string): Promise<AudioFacts> {
  try {
    const facts = headerFacts(path) ?? await openRecording(Deno.readFileSync(path), path);
    if (facts.frames === 0) {
      throw new UserError("bad-audio", `Cannot use ${path}: found no samples in it, wanted at least one.`);
    }
    const { sampleRate, channels, frames, isFine, gain, isBeyond } = facts;
    return { sampleRate, channels, frames, isFine, gain, isBeyond };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.FilesystemLoop)) {
      throw explainSystemError(error, `read ${path}`);
    }
    throw new UserError(
      "bad-audio",
      `Cannot read ${path}: it leads to no file, as broken links and names that are not UTF-8 do. Rename or remove it.`,
      { cause: error },
    );
  }
}

/** Null where the header is not enough. */
function headerFacts(path: string): AudioFacts | null {
  // By its path: Deno asks for more permissions for the open file where a link leads out of a folder.
  const { size, isFile } = Deno.statSync(path);
  if (!isFile) throw new UserError("bad-audio", `Cannot use ${path}: it is no plain file.`);
  using file = Deno.openSync(path);
  const prefix = readAt(file, 0, Math.min(size, PREFIX_BYTES));
  if (isPacked(prefix)) return null;
  checkKind(prefix, path);
  const { encoding, sampleRate, channels, frames, sampleBytes } = readAudioHeader(
    (offset, length) =>
      offset + length <= prefix.length
        ? prefix.subarray(offset, offset + length)
        : readAt(file, offset, length),
    size,
    path,
  );
  if (encoding === "float") return null;
  return { sampleRate, channels, frames, isFine: sampleBytes > 2, gain: 1, isBeyond: false };
}
