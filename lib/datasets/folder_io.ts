/** Reads the listing and the headers of a folder in Speech Commands' layout. */
import { UserError } from "../base/errors.ts";
import { explainSystemError } from "../base/system_error_io.ts";
import { audioHeaderOf } from "../data/audio_header_io.ts";
import { speakerOf } from "../data/words_layout/speaker.ts";
import type { FolderContent, FolderFile } from "./speech_commands.ts";

export interface ScanOptions {
  /** `skip`: files that cannot be decoded are listed and left out. */
  readonly badFiles: "error" | "skip";
  /** The setting that names the folder, for messages. */
  readonly key?: string;
  /** Called now and then. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Lists `<root>/<folder>/*.wav`; only headers are read. Hidden files and folders are ignored.
 *
 * @throws {UserError} `bad-dataset` if the folder is missing or has no WAVE files, `bad-audio` for a bad file.
 */
export function scanFolder(root: string, options: ScanOptions): FolderContent {
  const { key = "dataset.root" } = options;
  const listed = listFolder(root, key);
  const total = listed.reduce((sum, { names }) => sum + names.length, 0);
  if (total === 0) {
    throw new UserError(
      "bad-dataset",
      `Cannot index ${root}: found no .wav files in its sub-folders, wanted <word>/<speaker>_nohash_<take>.wav as in ` +
        `Speech Commands. Check ${key}.`,
    );
  }
  const files: FolderFile[] = [];
  const skipped: { path: string; reason: string }[] = [];
  for (const { folder, names } of listed) {
    for (const name of names) {
      const path = `${folder}/${name}`;
      try {
        const { sampleRate, channels, frames } = audioHeaderOf(`${root}/${path}`);
        files.push({ folder, path, speaker: speakerOf(folder, name), sampleRate, channels, frames });
      } catch (error) {
        if (options.badFiles === "error" || !(error instanceof UserError && error.reason === "bad-audio")) {
          throw error;
        }
        skipped.push({ path, reason: error.message.replaceAll(`${root}/`, "") });
      }
      const done = files.length + skipped.length;
      if (done % 500 === 0 || done === total) options.onProgress?.(done, total);
    }
  }
  const folders = listed.filter(({ names }) => names.length > 0).map(({ folder }) => folder).sort();
  return { name: root, folders, files, lists: readLists(root), skipped };
}

function listFolder(
  root: string,
  key: string,
): { readonly folder: string; readonly names: readonly string[] }[] {
  try {
    return [...Deno.readDirSync(root)]
      .filter(({ name }) => !name.startsWith(".") && Deno.statSync(`${root}/${name}`).isDirectory)
      .map(({ name }) => ({ folder: name, names: wavNames(`${root}/${name}`) }));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw new UserError(
        "bad-dataset",
        `Cannot index ${root}: there is no such folder. Check ${key}.`,
        { cause: error },
      );
    }
    throw explainSystemError(error, `list ${root}`);
  }
}

function wavNames(folder: string): string[] {
  return [...Deno.readDirSync(folder)]
    .filter(({ name, isDirectory }) => !isDirectory && !name.startsWith(".") && /\.wav$/i.test(name))
    .map(({ name }) => name);
}

function readLists(root: string): FolderContent["lists"] {
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
