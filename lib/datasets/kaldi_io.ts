/** Reads Kaldi data folders and the headers of their recordings. */
import { UserError } from "../base/errors.ts";
import { explainSystemError } from "../base/system_error_io.ts";
import type { PhoneMap } from "../phones/phone_map.ts";
import { audioHeaderOf } from "../data/audio_header_io.ts";
import { type SplitName, SPLITS } from "./dataset_index.ts";
import {
  type KaldiFolder,
  kaldiLabels,
  type KaldiSettings,
  type KaldiUtterance,
  kaldiUtterances,
} from "./kaldi.ts";
import type { FoundUtterance, UtteranceNotes } from "./utterance_index.ts";

export interface KaldiScan {
  readonly found: readonly FoundUtterance[];
  readonly notes: Pick<UtteranceNotes, "left_out" | "skipped">;
}

/**
 * @param map Null: phones keep their names. @param mapFile Names it in errors.
 * @param onProgress Called now and then.
 * @throws {UserError} `bad-dataset` for missing or wrong files, `bad-audio` for a bad recording.
 */
export function scanKaldi(
  root: string,
  settings: KaldiSettings,
  map: PhoneMap | null,
  mapFile: string,
  onProgress: (done: number, total: number) => void,
): KaldiScan {
  const folders: Readonly<Record<SplitName, string | null>> = {
    train: settings.train,
    validation: settings.validation,
    test: settings.test,
  };
  const listed = SPLITS.flatMap((split) => {
    const folder = folders[split];
    if (folder === null) return [];
    return kaldiUtterances(readFolder(root, folder, settings.transcript), root, settings.transcript).map(
      (utterance) => ({ split, utterance }),
    );
  });
  const found: FoundUtterance[] = [];
  const skipped: { path: string; reason: string }[] = [];
  for (const [i, { split, utterance }] of listed.entries()) {
    try {
      const labels = kaldiLabels(utterance, settings, map, mapFile);
      found.push({
        ...stretchOf(root, utterance),
        name: utterance.name,
        speaker: utterance.speaker,
        split,
        labels,
      });
    } catch (error) {
      const isBad = error instanceof UserError && ["bad-audio", "bad-dataset"].includes(error.reason);
      if (settings.bad_files === "error" || !isBad) throw error;
      skipped.push({ path: utterance.path, reason: error.message.replaceAll(`${root}/`, "") });
    }
    if (i % 200 === 199 || i + 1 === listed.length) onProgress(i + 1, listed.length);
  }
  return { found, notes: { left_out: 0, skipped } };
}

function stretchOf(root: string, { name, path, segment }: KaldiUtterance) {
  const { sampleRate, channels, frames } = headerOf(`${root}/${path}`, name);
  if (segment === null) return { path, sampleRate, channels, frames };
  const start = Math.round(segment.start * sampleRate);
  const end = Math.min(Math.round(segment.end * sampleRate), frames); // segments may end a moment behind their recording
  if (start >= end) {
    throw new UserError(
      "bad-dataset",
      `Cannot use utterance ${name}: it begins at ${segment.start} s of ${path}, which is ${
        frames / sampleRate
      } s long.`,
    );
  }
  return { path, sampleRate, channels, frames: end - start, start, count: end - start };
}

function headerOf(path: string, utterance: string) {
  try {
    return audioHeaderOf(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UserError(
      "bad-dataset",
      `Cannot use utterance ${utterance}: there is no file ${path}. Paths in wav.scp are relative to dataset.root.`,
      { cause: error },
    );
  }
}

function readFolder(root: string, folder: string, transcript: string): KaldiFolder {
  const read = (name: string): string | undefined => {
    const path = `${root}/${folder}/${name}`;
    try {
      return Deno.readTextFileSync(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
        return undefined;
      }
      throw explainSystemError(error, `read ${path}`);
    }
  };
  const wanted = (name: string): string => {
    const text = read(name);
    if (text !== undefined) return text;
    throw new UserError(
      "bad-dataset",
      `Cannot index ${root}/${folder}: it has no file ${name}, wanted a Kaldi data folder with wav.scp, utt2spk and ` +
        `${transcript}. Check dataset.root, dataset.train, dataset.test and dataset.transcript.`,
    );
  };
  return {
    name: folder,
    wavScp: wanted("wav.scp"),
    utt2spk: wanted("utt2spk"),
    transcript: wanted(transcript),
    segments: read("segments"),
  };
}
