/** Reads the listing and the headers of a folder in Speech Commands' layout. */
import { UserError } from "../../base/errors.ts";
import { explainSystemError } from "../../base/system_error_io.ts";
import type { SkippedFile } from "../../records/example_index.ts";
import { examineAudio } from "../examine_io.ts";
import { type Finding, findingText } from "../finding.ts";
import { isThere, readTextIfThere } from "../text_io.ts";
import type { ListedFile, Listing, ReadFiles, SoundFile } from "./listing.ts";
import { LIST_FILES, type ListTexts } from "./lists.ts";
import { speakerOf } from "./speaker.ts";

const READ = /\.(wav|flac)$/i;
const AUDIO =
  /\.(wav|flac|mp3|ogg|oga|opus|m4a|mp4|aac|wma|webm|aiff?|aifc|caf|au|snd|sph|amr|3gp|wv|ape|w64|raw|pcm)$/i;

/**
 * Lists `<root>/<folder>/*` that end in .wav or .flac; no file is opened but the two lists. Hidden files and folders are
 * ignored, all else is counted.
 *
 * @param key The setting that names the folder, for messages.
 * @throws {UserError} `bad-dataset` if the folder is missing or has no such files, or a list is not in UTF-8.
 */
export function listWords(root: string, key = "dataset.root"): Listing {
  const found = walk(root, key);
  const files = found.taken.map(({ folder, name }): ListedFile => ({
    folder: folder.normalize("NFC"),
    path: `${folder}/${name}`,
    speaker: speakerOf(folder, name),
  })).sort((a, b) => a.path < b.path ? -1 : 1);
  if (files.length === 0) {
    const told = found.findings.filter(({ names }) => names.length > 0).map(findingText);
    throw new UserError(
      "bad-dataset",
      [
        `Cannot index ${root}: found no .wav files in its sub-folders, wanted <word>/<speaker>_nohash_<take>.wav as in ` +
        `Speech Commands.`,
        ...told,
        `Check ${key}.`,
      ].join(" "),
    );
  }
  const folders = [...new Set(files.map(({ folder }) => folder))].sort();
  return { name: root, folders, files, lists: listTexts(root), findings: found.findings };
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

/** What lies where, all of it. */
function walk(root: string, key: string) {
  const taken: { readonly folder: string; readonly name: string }[] = [];
  const [formats, deeper, loose, others, unnamed]: string[][] = [[], [], [], [], []];
  const look = (folder: string, depth: number): void => {
    for (
      const { name, isDirectory, isSymlink } of entriesOf(folder === "" ? root : `${root}/${folder}`, key)
    ) {
      if (name.startsWith(".")) continue;
      const path = folder === "" ? name : `${folder}/${name}`;
      if (!isThere(`${root}/${path}`)) unnamed!.push(path);
      else if (isDirectory || (isSymlink && Deno.statSync(`${root}/${path}`).isDirectory)) {
        look(
          path,
          depth + 1,
        );
      } else if (!AUDIO.test(name)) others!.push(path);
      else if (depth === 0) loose!.push(path);
      else if (depth > 1) deeper!.push(path);
      else if (!READ.test(name)) formats!.push(path);
      else taken.push({ folder, name });
    }
  };
  look("", 0);
  const lists: readonly string[] = Object.values(LIST_FILES);
  const findings: Finding[] = [
    {
      level: "warning",
      what: "audio files are in formats that are not read",
      names: formats!.sort(),
      remedy: "Convert them, for example with ffmpeg -i IN OUT.wav.",
    },
    {
      level: "warning",
      what: "audio files are deeper than <word>/<file> and not read",
      names: deeper!.sort(),
      remedy: `Move them up, or set ${key} to the folder that has one folder for each word.`,
    },
    {
      level: "warning",
      what: "audio files lie beside the folders of words and are not read",
      names: loose!.sort(),
      remedy: "Put them into the folder of their word.",
    },
    {
      level: "warning",
      what: "names lead to no file, as broken links and names that are not UTF-8 do, and are not read",
      names: unnamed!.sort(),
      remedy: "Rename or remove them, for example with convmv -f latin1 -t utf8.",
    },
    {
      level: "info",
      what: "files are no audio and not read",
      names: others!.filter((path) => !lists.includes(path)).sort(),
    },
  ];
  return { taken, findings };
}

function entriesOf(folder: string, key: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw new UserError("bad-dataset", `Cannot index ${folder}: there is no such folder. Check ${key}.`, {
        cause: error,
      });
    }
    throw explainSystemError(error, `list ${folder}`);
  }
}

function listTexts(root: string): ListTexts {
  const { validation, testing } = LIST_FILES;
  return {
    validation: readTextIfThere(`${root}/${validation}`),
    testing: readTextIfThere(`${root}/${testing}`),
  };
}
