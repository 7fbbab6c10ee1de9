/** Reads the listing and the headers of a folder in Speech Commands' layout. */
import { UserError } from "../../base/errors.ts";
import { explainSystemError } from "../../base/system_error_io.ts";
import type { SkippedFile } from "../../records/example_index.ts";
import { examineAudio } from "../examine_io.ts";
import type { ListedFile, Listing, ReadFiles, SoundFile } from "./listing.ts";
import { speakerOf } from "./speaker.ts";

/**
 * Lists `<root>/<folder>/*.wav`; no file is opened but the two lists. Hidden files and folders are ignored.
 *
 * @param key The setting that names the folder, for messages.
 * @throws {UserError} `bad-dataset` if the folder is missing or has no WAVE files.
 */
export function listWords(root: string, key = "dataset.root"): Listing {
  const files = foldersOf(root, key).flatMap((folder) =>
    wavNames(`${root}/${folder}`).map((name): ListedFile => ({
      folder,
      path: `${folder}/${name}`,
      speaker: speakerOf(folder, name),
    }))
  ).sort((a, b) => a.path < b.path ? -1 : 1);
  if (files.length === 0) {
    throw new UserError(
      "bad-dataset",
      `Cannot index ${root}: found no .wav files in its sub-folders, wanted <word>/<speaker>_nohash_<take>.wav as in ` +
        `Speech Commands. Check ${key}.`,
    );
  }
  const folders = [...new Set(files.map(({ folder }) => folder))].sort();
  return { name: root, folders, files, lists: readLists(root) };
}

/**
 * Reads the headers of some of a listing's files.
 *
 * @param badFiles `skip`: files that cannot be decoded are listed and left out.
 * @param onProgress Called now and then.
 * @throws {UserError} `bad-audio` for a file that cannot be decoded.
 */
export async function readHeaders(
  root: string,
  listed: readonly ListedFile[],
  badFiles: "error" | "skip",
  onProgress: (done: number, total: number) => void,
): Promise<ReadFiles> {
  const files: SoundFile[] = [];
  const skipped: SkippedFile[] = [];
  for (const [i, file] of listed.entries()) {
    try {
      files.push({ ...file, ...await examineAudio(`${root}/${file.path}`) });
    } catch (error) {
      if (badFiles === "error" || !(error instanceof UserError && error.reason === "bad-audio")) throw error;
      skipped.push({ path: file.path, reason: error.message.replaceAll(`${root}/`, "") });
    }
    if ((i + 1) % 500 === 0 || i + 1 === listed.length) onProgress(i + 1, listed.length);
  }
  return { files, skipped };
}

function foldersOf(root: string, key: string): string[] {
  try {
    return [...Deno.readDirSync(root)].map(({ name }) => name)
      .filter((name) => !name.startsWith(".") && Deno.statSync(`${root}/${name}`).isDirectory);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw new UserError("bad-dataset", `Cannot index ${root}: there is no such folder. Check ${key}.`, {
        cause: error,
      });
    }
    throw explainSystemError(error, `list ${root}`);
  }
}

function wavNames(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)]
      .filter(({ name, isDirectory }) => !isDirectory && !name.startsWith(".") && /\.wav$/i.test(name))
      .map(({ name }) => name);
  } catch (error) {
    throw explainSystemError(error, `list ${folder}`);
  }
}

function readLists(root: string): Listing["lists"] {
  const [validation, testing] = ["validation_list.txt", "testing_list.txt"].map((name) => {
    try {
      const lines = Deno.readTextFileSync(`${root}/${name}`).split("\n");
      return new Set(lines.map((line) => line.trim()).filter((line) => line !== ""));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw explainSystemError(error, `read ${root}/${name}`);
    }
  });
  return validation === undefined || testing === undefined ? undefined : { validation, testing };
}
