/** What Kaldi data folders say, from the text of their files (kaldi-asr.org, "Data preparation"). Pure. */
import { UserError } from "../../base/errors.ts";
import { pathWithin } from "../../base/operating_system_io.ts";
import { mapPhones, type PhoneMap } from "../../phones/phone_map.ts";
import { TIMIT_PHONES } from "../../phones/timit.ts";
import type { SplitName } from "../../records/example_index.ts";
import { splitByRank } from "../split_rules.ts";
import { charactersOf, wordsOf } from "../utterances/orthography.ts";
import type { KaldiSettings } from "./schema.ts";

/** The files of one data folder, as text. */
export interface KaldiFolder {
  /** What messages call it. */
  readonly name: string;
  readonly wavScp: string;
  readonly utt2spk: string;
  readonly transcript: string;
  readonly segments: string | undefined;
}

/** A part of a recording. */
export interface Segment {
  readonly start: number;
  /** Null: that of the recording. */
  readonly end: number | null;
  /** Counted from 0; the mean of all if absent. */
  readonly channel?: number;
}

/** One utterance of a data folder. */
export interface KaldiUtterance {
  readonly name: string;
  readonly speaker: string;
  /** Relative to the root. */
  readonly path: string;
  /** In seconds of the recording; null: all of it. */
  readonly segment: Segment | null;
  /** Names of phones, or words. */
  readonly words: readonly string[];
}

/**
 * Utterances of a data folder: those of its transcript.
 * @param transcript Its file's name, for messages.
 * @throws {UserError} `bad-dataset` for a pipe command in `wav.scp`, a path out of the root, an utterance without a
 *   recording or a speaker.
 */
export function kaldiUtterances(folder: KaldiFolder, root: string, transcript: string): KaldiUtterance[] {
  const recordings = tableOf(folder.wavScp, `${folder.name}/wav.scp`);
  const speakers = tableOf(folder.utt2spk, `${folder.name}/utt2spk`);
  const segments = folder.segments === undefined
    ? undefined
    : tableOf(folder.segments, `${folder.name}/segments`);
  for (const [recording, path] of recordings) checkRecording(folder, recording, path);
  return [...tableOf(folder.transcript, `${folder.name}/${transcript}`)].map(([name, said]) => {
    const missing = (what: string): never => {
      throw new UserError(
        "bad-dataset",
        `Cannot index ${folder.name}: utterance ${name} of ${transcript} has no ${what}. Correct the files, as ` +
          `Kaldi's utils/fix_data_dir.sh does.`,
      );
    };
    const segment = segments === undefined
      ? null
      : segmentOf(segments.get(name) ?? missing("line in segments"), folder);
    const path = recordings.get(segment?.recording ?? name) ?? missing("recording in wav.scp");
    return {
      name,
      speaker: speakers.get(name) ?? missing("speaker in utt2spk"),
      path: relativeTo(root, path, folder),
      segment,
      words: said.split(/\s+/).filter(Boolean),
    };
  });
}

/** Utterances that the recordings have, or `segments` where it is there, and the transcript has not. */
export function untranscribed({ name, wavScp, transcript, segments }: KaldiFolder): string[] {
  const [file, text] = segments === undefined ? ["wav.scp", wavScp] : ["segments", segments];
  const said = tableOf(transcript, `${name}'s transcript`);
  return [...tableOf(text, `${name}/${file}`).keys()].filter((utterance) => !said.has(utterance));
}

/**
 * Labels of an utterance as the settings want them.
 * @param map Null: phones are called what they are called. @param mapFile Names it in errors.
 * @throws {UserError} `bad-dataset` for a phone that is not known.
 */
export function kaldiLabels(
  { name, words }: KaldiUtterance,
  { output, phones, transcript }: Pick<KaldiSettings, "output" | "phones" | "transcript">,
  map: PhoneMap | null,
  mapFile: string,
): string[] {
  if (output === "word") return wordsOf(words.join(" "));
  if (output === "character") return charactersOf(words.join(" "));
  const where = `utterance ${name} of ${transcript}`;
  const labels = map === null ? [...words] : mapPhones(words, map, where, mapFile);
  const strange = phones === "map" ? undefined : labels.find((label) => !TIMIT_PHONES.includes(label));
  if (strange === undefined) return labels;
  throw new UserError(
    "bad-dataset",
    `Cannot use ${where}: the phone "${strange}" is none of TIMIT's 61. Give a dataset.phone_map that leads to them, or ` +
      `let them be those of the map (phones: map).`,
  );
}

/** The data folder with a split's utterances. */
export function folderOf(split: SplitName, settings: Pick<KaldiSettings, SplitName>): string {
  return settings[split] ?? settings.train;
}

/**
 * Of the utterances of a split's folder those that are in the split: validation without a folder of its own takes
 * speakers out of training.
 *
 * @throws {UserError} `bad-dataset` if there are too few speakers for that.
 */
export function utterancesOfSplit(
  corpus: string,
  utterances: readonly KaldiUtterance[],
  { validation, validationPercent }: Pick<KaldiSettings, "validation" | "validationPercent">,
  split: SplitName,
): readonly KaldiUtterance[] {
  if (split === "test" || validation !== null) return utterances;
  const counts = new Map<string, number>();
  for (const { speaker } of utterances) counts.set(speaker, (counts.get(speaker) ?? 0) + 1);
  if (counts.size < 3) {
    throw new UserError(
      "bad-dataset",
      `Cannot take speakers for validation out of the training of ${corpus}: found ${counts.size}, wanted at least 3. ` +
        `Name a data folder in dataset.validation.`,
    );
  }
  // The same rule as for folders of words, with nothing for testing but the one speaker it insists on.
  const splits = splitByRank(counts, { validationPercent, testingPercent: 0, salt: "" });
  return utterances.filter(({ speaker }) =>
    (splits.get(speaker) === "validation") === (split === "validation")
  );
}

/** What stands behind the keys of a table, such as the speakers of `utt2spk`. @param file Names it in errors. */
export function wordsIn(table: string, file: string): ReadonlySet<string> {
  return new Set([...tableOf(table, file).values()].flatMap((rest) => rest.split(/\s+/).filter(Boolean)));
}

/** The keys of a table, such as the utterances of `text`. @param file Names it in errors. */
export function keysIn(table: string, file: string): ReadonlySet<string> {
  return new Set(tableOf(table, file).keys());
}

/** Lines `KEY REST`, in order. @throws {UserError} `bad-dataset` for a key that comes twice. */
function tableOf(text: string, file: string): ReadonlyMap<string, string> {
  const table = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(\S+)(?:\s+(.*?))?\s*$/.exec(line);
    if (match === null) continue;
    if (table.has(match[1]!)) {
      throw new UserError("bad-dataset", `Cannot read ${file}: ${match[1]} has two lines, wanted one.`);
    }
    table.set(match[1]!, match[2] ?? "");
  }
  return table;
}

function checkRecording({ name }: KaldiFolder, recording: string, path: string): void {
  if (path.endsWith("|") || path.startsWith("|")) {
    throw new UserError(
      "bad-dataset",
      `Cannot use ${name}/wav.scp: ${recording} is a command ("${path}"), and commands that data files hold are never run. ` +
        `Run it yourself, and name the WAVE or SPHERE file it makes.`,
    );
  }
  if (path === "") {
    throw new UserError("bad-dataset", `Cannot use ${name}/wav.scp: ${recording} names no file.`);
  }
}

function relativeTo(root: string, path: string, { name }: KaldiFolder): string {
  const inner = pathWithin(root, path);
  if (inner !== undefined) return inner;
  throw new UserError(
    "bad-dataset",
    `Cannot use ${name}/wav.scp: ${path} lies outside of ${root}, and only that folder is read. Set dataset.root to a ` +
      `folder that holds both the data folders and the recordings.`,
  );
}

/** `RECORDING START END [CHANNEL]`: an end of -1 is that of the recording, channels are A and B or counted from 0. */
function segmentOf(text: string, { name }: KaldiFolder): Segment & { readonly recording: string } {
  const [recording = "", from, to, side, ...more] = text.split(/\s+/);
  const [start, end] = [Number(from), Number(to)];
  const channel = side === undefined
    ? -1
    : /^[AB]$/i.test(side)
    ? "AB".indexOf(side.toUpperCase())
    : Number(side);
  const isTime = start >= 0 && (end === -1 || end > start) && Number.isFinite(end);
  if (isTime && Number.isInteger(channel) && channel >= -1 && more.length === 0) {
    return { recording, start, end: end === -1 ? null : end, ...(channel === -1 ? {} : { channel }) };
  }
  throw new UserError(
    "bad-dataset",
    `Cannot read ${name}/segments: found "${text}", wanted a recording, two times in seconds, the second later or -1 for ` +
      `the recording's end, and perhaps a channel, counted from 0.`,
  );
}
