/** Recordings that a command line names: files, folders of them, patterns. */
import { globSync } from "node:fs";
import { resolve } from "node:path";
import { UserError } from "../../../lib/base/errors.ts";
import { explainSystemError } from "../../../lib/base/system_error_io.ts";
import { exists } from "../../engine/store/atomic_io.ts";

const READ = /\.(wav|flac)$/i;

/**
 * @param typed A file, a folder, whose own recordings are taken, or a pattern with `*` and `?`. @param here Where relative ones begin.
 * @param flag Named in errors.
 * @returns Absolute paths by name, at least one.
 * @throws {UserError} `usage` in one sentence if there is none.
 */
export function recordingsAt(typed: string, here: string, flag: string): string[] {
  const path = resolve(here, typed);
  const refuse = (found: string) =>
    new UserError(
      "usage",
      `Cannot read the recordings of ${flag}: ${typed} ${found}, wanted .wav or .flac files. Give a file, a folder or a ` +
        `pattern such as 'clips/*.wav'.`,
    );
  if (exists(path) && Deno.statSync(path).isFile) return [path];
  if (exists(path)) {
    const found = namesIn(path).filter((name) => READ.test(name)).sort();
    if (found.length === 0) throw refuse("is a folder without any");
    return found.map((name) => `${path}/${name}`);
  }
  const found = /[*?[{]/.test(typed)
    ? globSync(path).filter((name) => Deno.statSync(name).isFile).sort()
    : [];
  if (found.length === 0) throw refuse(/[*?[{]/.test(typed) ? "matches no file" : "is not there");
  return found;
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ name, isFile }) => isFile && !name.startsWith("."))
      .map(({ name }) => name);
  } catch (error) {
    throw explainSystemError(error, `read ${folder}`);
  }
}
