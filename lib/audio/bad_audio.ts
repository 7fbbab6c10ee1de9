/** The sentence about a recording that cannot be read, with what to do about it. Pure. */
import { UserError } from "../base/errors.ts";

/** What helps, whatever is wrong with a file; the last part of each such sentence. */
export const REMEDY = "Copy or record it again, or convert it, for example with ffmpeg -i IN OUT.wav.";

/**
 * @param name What messages call the file. @param format What it was read as: `WAVE`. @param fault What is wrong with it:
 * `found 0 bytes`. @param wanted In the place of that.
 */
export function badAudio(name: string, format: string, fault: string, wanted: string): UserError {
  return new UserError(
    "bad-audio",
    `Cannot read ${name} as ${format} audio: ${fault}, wanted ${wanted}. ${REMEDY}`,
  );
}
