/** Goes through a folder of words: recordings that are where they should be, and all that is not. */
import { isRecording } from "../../audio/endings.ts";
import { entriesOf } from "../entries_io.ts";
import type { Finding } from "../finding.ts";
import { linkFinding } from "../links_io.ts";
import { LIST_FILES } from "./lists.ts";

const AUDIO =
  /\.(wav|flac|mp3|ogg|oga|opus|m4a|mp4|aac|wma|webm|aiff?|aifc|caf|au|snd|sph|amr|3gp|wv|ape|w64|raw|pcm)$/i;

/** Beside the folders of words, in archives and in what is made here. */
const ABOUT = /^(readme|licen[cs]e)(\.\w+)?$/i;

/** What is no folder below the root, but for a link to a folder that is above it. */
interface Place {
  /** Relative to the root, with `/`. */
  readonly path: string;
  /** Folders above it. */
  readonly depth: number;
  readonly kind: "file" | "nothing" | "other" | "circle";
  /** Whether a link leads to it. */
  readonly isLinked: boolean;
}

/** A folder that is gone through. */
interface Walked extends Omit<Place, "kind"> {
  /** Its own path and those above it, without links. */
  readonly real: readonly string[];
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
    placesIn(root, { path: "", depth: -1, isLinked: false, real: [] }, key),
    sortOf,
  );
  const names = (sort: ReturnType<typeof sortOf>) => (sorts.get(sort) ?? []).map(({ path }) => path).sort();
  const linked = (sorts.get("recordings") ?? []).filter(({ isLinked }) => isLinked).map(({ path }) => path);
  return {
    recordings: names("recordings"),
    findings: [
      linkFinding(root, linked),
      ...formatFindings(names("formats")),
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
      {
        level: "warning",
        what: "links lead back to a folder above them and are not followed",
        names: names("circle"),
        remedy: "Remove them.",
      },
      {
        level: "warning",
        what: "names are of pipes, sockets or devices and are not read",
        names: names("other"),
        remedy: "Put plain files in their place.",
      },
      { level: "info", what: "files are no audio and not read", names: names("others") },
    ],
  };
}

function formatFindings(paths: readonly string[]): Finding[] {
  const byEnding = Map.groupBy(paths, (path) => path.slice(path.lastIndexOf(".")).toLowerCase());
  return [...byEnding].map(([ending, names]) => ({
    level: "warning",
    what: `audio files are ${ending}, a format that is not read`,
    names,
    remedy: `Convert them, for example with ffmpeg -i IN${ending} OUT.wav.`,
  }));
}

function sortOf({ path, depth, kind }: Place) {
  if (kind !== "file") return kind;
  const lists: readonly string[] = Object.values(LIST_FILES);
  if (!AUDIO.test(path)) return lists.includes(path) || ABOUT.test(path) ? "about" : "others";
  if (depth !== 1) return depth === 0 ? "loose" : "deeper";
  return isRecording(path) ? "recordings" : "formats";
}

/** Whatever its depth. */
function placesIn(root: string, folder: Walked, key: string): Place[] {
  const full = folder.path === "" ? root : `${root}/${folder.path}`;
  const entries = entriesOf(full, key).filter(({ name }) => !name.startsWith("."));
  // The folder that a circle leads to is above what is reached by links too.
  const real = [...folder.real, Deno.realPathSync(full)];
  return entries.flatMap(({ name, kind, isLink }): Place[] => {
    const path = folder.path === "" ? name : `${folder.path}/${name}`;
    const place = { path, depth: folder.depth + 1, isLinked: folder.isLinked || isLink };
    if (kind !== "directory") return [{ ...place, kind }];
    const isCircle = isLink && real.includes(Deno.realPathSync(`${root}/${path}`));
    return isCircle ? [{ ...place, kind: "circle" }] : placesIn(root, { ...place, real }, key);
  });
}
