/** What lies in a folder of recordings, whatever names and links lead to. */
import { UserError } from "../base/errors.ts";
import { explainSystemError } from "../base/system_error_io.ts";

export interface Entry {
  readonly name: string;
  /** `nothing`: broken links, links to themselves, names that are not UTF-8. `other`: pipes, sockets, devices. */
  readonly kind: "file" | "directory" | "nothing" | "other";
  readonly isLink: boolean;
}

/**
 * @param key The setting that names the folder, for messages.
 * @throws {UserError} `bad-dataset` if the folder is missing.
 */
export function entriesOf(folder: string, key: string): Entry[] {
  try {
    return [...Deno.readDirSync(folder)].map((entry) => {
      const { name, isSymlink } = entry;
      // A name that is not UTF-8 is listed with a sign in place of what cannot be decoded.
      const info = isSymlink || name.includes("\ufffd") ? infoOf(`${folder}/${name}`) : entry;
      const kind = info === undefined
        ? "nothing"
        : info.isFile
        ? "file"
        : info.isDirectory
        ? "directory"
        : "other";
      return { name, kind, isLink: isSymlink };
    });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) {
      throw explainSystemError(error, `list ${folder}`);
    }
    throw new UserError("bad-dataset", `Cannot index ${folder}: there is no such folder. Check ${key}.`, {
      cause: error,
    });
  }
}

function infoOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.FilesystemLoop) {
      return undefined;
    }
    throw explainSystemError(error, `read ${path}`);
  }
}
