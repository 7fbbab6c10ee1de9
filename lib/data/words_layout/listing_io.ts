/** Reads the listing and the headers of a folder in Speech Commands' layout. */
import { ENDINGS_TEXT } from "../../audio/endings.ts";
import { UserError } from "../../base/errors.ts";
import type { SkippedFile } from "../../records/example_index.ts";
import { examineAudio } from "../examine_io.ts";
import { findingText, withRemedy } from "../finding.ts";
import { readTextIfThere } from "../text_io.ts";
import type { ListedFile, Listing, ReadFiles, SoundFile } from "./listing.ts";
import { LIST_FILES, type ListTexts } from "./lists.ts";
import { speakerOf } from "./speaker.ts";
import { walkWords } from "./walk_io.ts";

/**
 * Lists `<root>/<folder>/*` that are called like recordings; no file is opened but the two lists. Hidden files and folders are
 * ignored, all else is counted.
 *
 * @param key The setting that names the folder, for messages.
 * @throws {UserError} `bad-dataset` if the folder is missing or has no such files, or a list is not in UTF-8.
 */
export function listWords(root: string, key = "dataset.root"): Listing {
  const { recordings, findings } = walkWords(root, key);
  const files = recordings.map((path): ListedFile => {
    const [folder = "", file = ""] = path.split("/");
    return { folder: folder.normalize("NFC"), path, speaker: speakerOf(folder, file) };
  });
  if (files.length === 0) {
    const told = findings.filter(({ names }) => names.length > 0).map(findingText);
    throw new UserError(
      "bad-dataset",
      [
        `Cannot index ${root}: found no ${ENDINGS_TEXT} files in its sub-folders, wanted <word>/<speaker>_nohash_<take>.wav as in ` +
        `Speech Commands.`,
        ...told,
        `Check ${key}.`,
      ].join(" "),
    );
  }
  const folders = [...new Set(files.map(({ folder }) => folder))].sort();
  return { name: root, folders, files, lists: listTexts(root), findings };
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
      if (!(error instanceof UserError && error.reason === "bad-audio")) throw error;
      if (badFiles === "error") throw withRemedy(error);
      skipped.push({ path: file.path, reason: error.message.replaceAll(`${root}/`, "") });
    }
    if ((i + 1) % 500 === 0 || i + 1 === listed.length) onProgress(i + 1, listed.length);
  }
  return { files, skipped };
}

function listTexts(root: string): ListTexts {
  const { validation, testing } = LIST_FILES;
  return {
    validation: readTextIfThere(`${root}/${validation}`),
    testing: readTextIfThere(`${root}/${testing}`),
  };
}
