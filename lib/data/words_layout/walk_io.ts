/** Goes through a folder of words: recordings that are where they should be, and all that is not. */
import { UserError } from "../../base/errors.ts";
import { explainSystemError } from "../../base/system_error_io.ts";
import type { Finding } from "../finding.ts";
import { linkFinding } from "../links_io.ts";
import { isThere } from "../text_io.ts";
import { LIST_FILES } from "./lists.ts";

const READ = /\.(wav|flac)$/i;
const AUDIO =
  /\.(wav|flac|mp3|ogg|oga|opus|m4a|mp4|aac|wma|webm|aiff?|aifc|caf|au|snd|sph|amr|3gp|wv|ape|w64|raw|pcm)$/i;

/** Beside the folders of words, in archives and in what is made here. */
const ABOUT = /^(readme|licen[cs]e)(\.\w+)?$/i;

/** A file or folder below the root. */
interface Place {
  /** Relative to the root, with `/`. */
  readonly path: string;
  /** Folders above it. */
  readonly depth: number;
  readonly kind: "file" | "directory" | "nothing";
  /** Whether a link leads to it. */
  readonly isLinked: boolean;
}

/**
 * Hidden files and folders are ignored.
 *
 * @param key The setting that names the folder, for messages.
 * @returns Paths `<folder>/<file>` of recordings, and what else there is.
 * @throws {UserError} `bad-dataset` if the folder is missing.
 */
export function walkWords(root: string, key: string): {
  readonly recordings: readonly string[];
  readonly findings: readonly Finding[];
} {
  const sorts = Map.groupBy(
    placesIn(root, { path: "", depth: -1, kind: "directory", isLinked: false }, key),
    sortOf,
  );
  const names = (sort: ReturnType<typeof sortOf>) => (sorts.get(sort) ?? []).map(({ path }) => path).sort();
  const linked = (sorts.get("recordings") ?? []).filter(({ isLinked }) => isLinked).map(({ path }) => path);
  return {
    recordings: names("recordings"),
    findings: [
      linkFinding(root, linked),
      {
        level: "warning",
        what: "audio files are in formats that are not read",
        names: names("formats"),
        remedy: "Convert them, for example with ffmpeg -i IN OUT.wav.",
      },
      {
        level: "warning",
        what: "audio files are deeper than <word>/<file> and not read",
        names: names("deeper"),
        remedy: `Move them up, or set ${key} to the folder that has one folder for each word.`,
      },
      {
        level: "warning",
        what: "audio files lie beside the folders of words and are not read",
        names: names("loose"),
        remedy: "Put them into the folder of their word.",
      },
      {
        level: "warning",
        what: "names lead to no file, as broken links and names that are not UTF-8 do, and are not read",
        names: names("nothing"),
        remedy: "Rename or remove them, for example with convmv -f latin1 -t utf8.",
      },
      { level: "info", what: "files are no audio and not read", names: names("others") },
    ],
  };
}

function sortOf({ path, depth, kind }: Place) {
  if (kind === "nothing") return "nothing";
  const lists: readonly string[] = Object.values(LIST_FILES);
  if (!AUDIO.test(path)) return lists.includes(path) || ABOUT.test(path) ? "about" : "others";
  if (depth !== 1) return depth === 0 ? "loose" : "deeper";
  return READ.test(path) ? "recordings" : "formats";
}

/** All that is no folder, whatever its depth. */
function placesIn(root: string, folder: Place, key: string): Place[] {
  const full = folder.path === "" ? root : `${root}/${folder.path}`;
  return entriesOf(full, key).filter(({ name }) => !name.startsWith(".")).flatMap((entry) => {
    const file = `${full}/${entry.name}`;
    const isFolder = entry.isDirectory ||
      (entry.isSymlink && isThere(file) && Deno.statSync(file).isDirectory);
    const place: Place = {
      path: folder.path === "" ? entry.name : `${folder.path}/${entry.name}`,
      depth: folder.depth + 1,
      kind: isFolder ? "directory" : mayBeNothing(entry) && !isThere(file) ? "nothing" : "file",
      isLinked: folder.isLinked || entry.isSymlink,
    };
    return isFolder ? placesIn(root, place, key) : [place];
  });
}

/** A name that is not UTF-8 is listed with a sign in place of what cannot be decoded. */
function mayBeNothing({ name, isSymlink }: Deno.DirEntry): boolean {
  return isSymlink || name.includes("\ufffd");
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
