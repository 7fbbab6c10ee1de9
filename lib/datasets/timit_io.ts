/** Lists a corpus in TIMIT's layout and reads headers and transcripts: `<TRAIN|TEST>/<region>/<speaker>/<sentence>.*`. */
import { UserError } from "../base/errors.ts";
import { explainSystemError } from "../base/system_error_io.ts";
import { audioHeaderOf } from "../data/audio_header_io.ts";
import { isLeftOut, parsePhn, parseTxt, type TimitRecording, type TimitSettings } from "./timit.ts";
import type { UtteranceNotes } from "./utterance_index.ts";

export interface TimitScan {
  readonly recordings: readonly TimitRecording[];
  readonly notes: Pick<UtteranceNotes, "left_out" | "skipped">;
}

/** Of one sentence, by what it is. Some copies of TIMIT have RIFF files beside the original ones: `SA1.WAV.wav`. */
interface SentenceFiles {
  readonly folder: "train" | "test";
  readonly speaker: string;
  readonly sentence: string;
  /** Relative to the root. */
  readonly audio: string;
  readonly phones: string | undefined;
  readonly text: string | undefined;
}

/** How deep below the given folder TRAIN and TEST are looked for, as in `timit/TIMIT/TRAIN`. */
const SEARCH_DEPTH = 2;

/**
 * Names may be in upper or lower case.
 *
 * @param onProgress Called now and then.
 * @throws {UserError} `bad-dataset` if the layout is another or a transcript is missing or wrong, `bad-audio` for a bad
 *   recording.
 */
export function scanTimit(
  root: string,
  settings: TimitSettings,
  onProgress: (done: number, total: number) => void,
): TimitScan {
  const all = sentencesOf(root);
  const wanted = all.filter((sentence) => !isLeftOut(sentence, settings));
  if (wanted.length === 0) {
    throw new UserError(
      "bad-dataset",
      `Cannot index ${root}: found ${all.length} recordings, none of which dataset.include_sa and dataset.test leave in.`,
    );
  }
  const recordings: TimitRecording[] = [];
  const skipped: { path: string; reason: string }[] = [];
  for (const [i, files] of wanted.entries()) {
    try {
      recordings.push(readSentence(root, files, settings));
    } catch (error) {
      const isBad = error instanceof UserError && ["bad-audio", "bad-dataset"].includes(error.reason);
      if (settings.bad_files === "error" || !isBad) throw error;
      skipped.push({ path: files.audio, reason: error.message.replaceAll(`${root}/`, "") });
    }
    if (i % 200 === 199 || i + 1 === wanted.length) onProgress(i + 1, wanted.length);
  }
  return { recordings, notes: { left_out: all.length - wanted.length, skipped } };
}

function readSentence(root: string, files: SentenceFiles, { output }: TimitSettings): TimitRecording {
  const { folder, speaker, sentence, audio } = files;
  const [transcript, ending] = output === "phone" ? [files.phones, ".PHN"] : [files.text, ".TXT"];
  if (transcript === undefined) {
    throw new UserError(
      "bad-dataset",
      `Cannot use ${root}/${audio}: its ${ending} file is missing. Add it, or set dataset.bad_files=skip.`,
    );
  }
  const path = `${root}/${transcript}`;
  const text = readText(path);
  const labels = output === "phone" ? parsePhn(text, path) : parseTxt(text, output);
  const { sampleRate, channels, frames } = audioHeaderOf(`${root}/${audio}`);
  return { folder, path: audio, speaker, sentence, sampleRate, channels, frames, labels };
}

function sentencesOf(root: string): SentenceFiles[] {
  const base = corpusFolder(root);
  if (base === undefined) {
    throw new UserError(
      "bad-dataset",
      `Cannot index ${root}: found no folders TRAIN and TEST in it or ${SEARCH_DEPTH} levels below, wanted TIMIT's layout: ` +
        `TRAIN/DR1/FCJF0/SX127.WAV. Check dataset.root.`,
    );
  }
  return (["train", "test"] as const).flatMap((folder) => {
    const path = within(base, entryNamed(root, base, folder)!);
    return foldersIn(root, path).flatMap((region) =>
      foldersIn(root, within(path, region)).flatMap((speaker) =>
        sentencesIn(root, within(within(path, region), speaker), folder, speaker.toLowerCase())
      )
    );
  });
}

/** The folder, relative to the root, that has both TRAIN and TEST; "" is the root itself. */
function corpusFolder(root: string): string | undefined {
  let level = [""];
  for (let depth = 0; depth <= SEARCH_DEPTH; depth++) {
    const found = level.find((path) =>
      ["train", "test"].every((name) => entryNamed(root, path, name) !== undefined)
    );
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
  const names = list(root, path).filter(({ isDirectory }) => !isDirectory).map(({ name }) => name).sort();
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
  return list(root, path).filter(({ name, isDirectory }) => isDirectory && !name.startsWith(".")).map((
    { name },
  ) => name)
    .sort();
}

function list(root: string, path: string): { readonly name: string; readonly isDirectory: boolean }[] {
  const full = path === "" ? root : `${root}/${path}`;
  try {
    return [...Deno.readDirSync(full)].map(({ name, isDirectory, isSymlink }) => ({
      name,
      isDirectory: isDirectory || (isSymlink && Deno.statSync(`${full}/${name}`).isDirectory),
    }));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw new UserError(
        "bad-dataset",
        `Cannot index ${full}: there is no such folder. Check dataset.root.`,
        {
          cause: error,
        },
      );
    }
    throw explainSystemError(error, `list ${full}`);
  }
}

function within(path: string, name: string): string {
  return path === "" ? name : `${path}/${name}`;
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw explainSystemError(error, `read ${path}`);
  }
}
