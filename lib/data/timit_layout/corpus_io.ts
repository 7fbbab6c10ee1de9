/** Lists a corpus in TIMIT's layout and reads headers and transcripts: `<TRAIN|TEST>/<region>/<speaker>/<sentence>.*`. */
import { UserError } from "../../base/errors.ts";
import type { SplitName } from "../../records/example_index.ts";
import { entriesOf, type Entry } from "../entries_io.ts";
import { examineAudio } from "../examine_io.ts";
import { readText } from "../text_io.ts";
import type { Output } from "../utterances/schema.ts";
import type { FoundUtterance } from "../utterances/split_index.ts";
import { folderOf, nameOf, parsePhn, parseTxt, type Sentence } from "./sentences.ts";

/** Files of one sentence. Some copies of TIMIT have RIFF files beside the original ones: `SA1.WAV.wav`. */
export interface SentenceFiles extends Sentence {
  /** Relative to the root, in the file system's own spelling. */
  readonly audio: string;
  readonly phones: string | undefined;
  readonly text: string | undefined;
}

const FOLDERS = ["train", "test"] as const;
/** How deep below the given folder TRAIN and TEST are looked for, as in `timit/TIMIT/TRAIN`. */
const SEARCH_DEPTH = 2;

/**
 * Names may be in upper or lower case.
 *
 * @returns Sentences of both folders, or of the one that the split needs where the other is not there.
 * @throws {UserError} `bad-dataset` if the layout is another.
 */
export function listSentences(root: string, split: SplitName): SentenceFiles[] {
  const needed = folderOf(split);
  const base = folderWith(root, FOLDERS) ?? folderWith(root, [needed]);
  if (base === undefined) {
    throw new UserError(
      "bad-dataset",
      `Cannot index ${root}: found no folder ${needed.toUpperCase()} in it or ${SEARCH_DEPTH} levels below, wanted TIMIT's ` +
        `layout: TRAIN/DR1/FCJF0/SX127.WAV. Check dataset.root.`,
    );
  }
  return FOLDERS.flatMap((folder) => {
    const found = entryNamed(root, base, folder);
    if (found === undefined) return [];
    const path = within(base, found);
    return foldersIn(root, path).flatMap((region) =>
      foldersIn(root, within(path, region)).flatMap((speaker) =>
        sentencesIn(root, within(within(path, region), speaker), folder, speaker.toLowerCase())
      )
    );
  });
}

/** @throws {UserError} `bad-dataset` for a transcript that is missing or wrong, `bad-audio` for a bad recording. */
export async function readSentence(
  root: string,
  files: SentenceFiles,
  output: Output,
): Promise<FoundUtterance> {
  const { audio, speaker } = files;
  const [transcript, ending] = output === "phone" ? [files.phones, ".PHN"] : [files.text, ".TXT"];
  if (transcript === undefined) {
    throw new UserError(
      "bad-dataset",
      `Cannot use ${root}/${audio}: its ${ending} file is missing. Add it, or let bad files be skipped (bad_files: skip).`,
    );
  }
  const path = `${root}/${transcript}`;
  const text = readText(path);
  const labels = output === "phone" ? parsePhn(text, path) : parseTxt(text, output);
  return { ...await examineAudio(`${root}/${audio}`), name: nameOf(files), path: audio, speaker, labels };
}

/** The folder, relative to the root, that has all of `names`; "" is the root itself. */
function folderWith(root: string, names: readonly string[]): string | undefined {
  let level = [""];
  for (let depth = 0; depth <= SEARCH_DEPTH; depth++) {
    const found = level.find((path) => names.every((name) => entryNamed(root, path, name) !== undefined));
    if (found !== undefined) return found;
    level = level.flatMap((path) => foldersIn(root, path).map((name) => within(path, name)));
  }
  return undefined;
}

function sentencesIn(
  root: string,
  path: string,
  folder: "train" | "test",
  speaker: string,
): SentenceFiles[] {
  const names = list(root, path).filter(({ kind }) => kind !== "directory").map(({ name }) => name).sort();
  const stems = new Set(
    names.map((name) => /^([^.]+)\.wav(?:\.wav)?$/i.exec(name)?.[1]).filter((s) => s !== undefined),
  );
  return [...stems].map((stem) => {
    const of = (pattern: string) => {
      const found = names.find((name) => name.toLowerCase() === `${stem}${pattern}`.toLowerCase());
      return found === undefined ? undefined : within(path, found);
    };
    return {
      folder,
      speaker,
      sentence: stem.toLowerCase(),
      audio: (of(".wav") ?? of(".wav.wav"))!,
      phones: of(".phn"),
      text: of(".txt"),
    };
  });
}

function entryNamed(root: string, path: string, name: string): string | undefined {
  return foldersIn(root, path).find((found) => found.toLowerCase() === name);
}

function foldersIn(root: string, path: string): string[] {
  return list(root, path).filter(({ name, kind }) => kind === "directory" && !name.startsWith("."))
    .map(({ name }) => name).sort();
}

function list(root: string, path: string): Entry[] {
  return entriesOf(path === "" ? root : `${root}/${path}`, "dataset.root");
}

function within(path: string, name: string): string {
  return path === "" ? name : `${path}/${name}`;
}
