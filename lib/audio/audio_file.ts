/** Decodes a stretch of an audio file to mono samples. */
import { UserError } from "../base/errors.ts";
import { readAudioHeader } from "./audio_header.ts";
import { type DecodedWav, decodeFrames } from "./wav.ts";

/** Part of a file, in samples at its own rate; all of it if absent. */
export interface Stretch {
  readonly start: number;
  readonly count: number;
}

/**
 * @param bytes The file. @param name What error messages call it.
 * @throws {UserError} `bad-audio` if the file cannot be decoded or ends before the stretch does.
 */
export function decodeAudio(bytes: Uint8Array, name: string, stretch?: Stretch): DecodedWav {
  const header = readAudioHeader(bytes, bytes.length, name);
  const { start, count } = stretch ?? { start: 0, count: header.frames };
  if (start + count > header.frames) {
    throw new UserError(
      "bad-audio",
      `Cannot read samples ${start} to ${
        start + count - 1
      } of ${name}: it has ${header.frames}. Index the data set again.`,
    );
  }
  const frameBytes = header.channels * header.sampleBytes;
  const first = header.dataOffset + start * frameBytes;
  const data = bytes.subarray(first, first + count * frameBytes);
  const { sampleRate, channels } = header;
  return { sampleRate, channels, samples: decodeFrames(header, data, start, count, name) };
}
