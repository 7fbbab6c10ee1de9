/** Reads small texts that people write. */
import { UserError } from "./errors.ts";

/** Far more than anybody writes by hand. */
const MOST_BYTES = 1_000_000;

/**
 * @param shown What the file is called in errors.
 * @throws {UserError} "bad-file": no plain file, or larger than a megabyte; then nothing of it is read.
 * @throws {Deno.errors.NotFound} If there is none.
 */
export function readSmallText(path: string, shown = path): string {
  const { isFile, size } = Deno.statSync(path);
  if (!isFile) throw new UserError("bad-file", `Cannot read ${shown}: it is no plain file.`);
  if (size > MOST_BYTES) {
    throw new UserError(
      "bad-file",
      `Cannot read ${shown}: found ${size} bytes, wanted a text of at most ${MOST_BYTES}. Check that it is the right file.`,
    );
  }
  return Deno.readTextFileSync(path);
}
