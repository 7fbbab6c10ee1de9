/** Reads the small text files that come with recordings. */
import { UserError } from "../base/errors.ts";
import { explainSystemError } from "../base/system_error_io.ts";

/** Transcripts of a thousand hours have a tenth of it. */
const MOST_BYTES = 2 ** 28;

/**
 * @returns Nothing where there is no such file.
 * @throws {UserError} `bad-dataset` if it is in another encoding than UTF-8, no plain file, or enormous.
 */
export function readTextIfThere(path: string): string | undefined {
  try {
    const { isFile, isDirectory, size } = Deno.statSync(path);
    if (isFile && size <= MOST_BYTES) return decoded(Deno.readFileSync(path), path);
    throw new UserError(
      "bad-dataset",
      `Cannot read ${path}: found ${
        isDirectory ? "a folder" : isFile ? `${inMebibytes(size)} of a file` : "no plain file"
      }, wanted a text file of at most ${inMebibytes(MOST_BYTES)}. Give the path of one, or put one there.`,
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw explainSystemError(error, `read ${path}`);
  }
}

function inMebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20).toLocaleString("en")} MiB`;
}

/** @throws {UserError} `bad-dataset` if it is not there or in another encoding than UTF-8. */
export function readText(path: string): string {
  const text = readTextIfThere(path);
  if (text !== undefined) return text;
  throw new UserError("bad-dataset", `Cannot read ${path}: there is no such file. Check where it should be.`);
}

function decoded(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    const at = firstWrong(bytes);
    throw new UserError(
      "bad-dataset",
      `Cannot read ${path}: line ${at} is not in UTF-8, wanted that encoding. Convert it, for example with iconv -f ` +
        `latin1 -t utf-8 IN > OUT.`,
      { cause: error },
    );
  }
}

/** Number of the first line that cannot be decoded. */
function firstWrong(bytes: Uint8Array): number {
  const lines = new TextDecoder().decode(bytes).split("\n");
  return lines.findIndex((line) => line.includes("\ufffd")) + 1;
}
