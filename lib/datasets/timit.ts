/** Indexes TIMIT, or a corpus in its layout, from what its listing and its transcripts say. Pure. */
import { UserError } from "../base/errors.ts";
import { suggestion } from "../base/nearest.ts";
import { Rng } from "../base/random.ts";
import { TIMIT_PHONES } from "../phones/timit.ts";
import type { SplitName } from "./dataset_index.ts";
import { charactersOf, wordsOf } from "../data/utterances/orthography.ts";
import {
  type FoundUtterance,
  indexUtterances,
  type Output,
  type UtteranceIndex,
  type UtteranceNotes,
  type UtteranceSettings,
} from "./utterance_index.ts";

export interface TimitSettings extends UtteranceSettings {
  /** Whether SA1 and SA2, which every speaker says, are used. */
  readonly include_sa: boolean;
  readonly split: {
    /** Utterances of the TRAIN folder for training and for validation, in this proportion. */
    readonly train: number;
    readonly validation: number;
    /** `utterance`: drawn one by one, so that speakers are in both. `speaker`: all of a speaker's stay together. */
    readonly by: "utterance" | "speaker";
    readonly seed: number;
  };
  /** Which speakers of the TEST folder: all, or the 24 of the core test set. */
  readonly test: "full" | "core";
  readonly bad_files: "error" | "skip";
}

/** One sentence of one speaker, as found in the corpus. */
export interface TimitRecording {
  readonly folder: "train" | "test";
  /** Relative to the corpus's folder, in the file system's own spelling. */
  readonly path: string;
  readonly speaker: string;
  /** `sx127`. */
  readonly sentence: string;
  readonly sampleRate: number;
  readonly channels: number;
  readonly frames: number;
  /** As {@link TimitSettings.output} says. */
  readonly labels: readonly string[];
}

/** One test speaker of either sex from each region more than one: TIMIT's `TESTSET.DOC`, table 1. */
const CORE_TEST_SPEAKERS: ReadonlySet<string> = new Set(
  ("mdab0 mwbt0 felc0 mtas1 mwew0 fpas0 mjmp0 mlnt0 fpkt0 mlll0 mtls0 fjlm0 mbpm0 mklt0 fnlp0 mcmj0 mjdh0 fmgd0 " +
    "mgrt0 mnjm0 fdhc0 mjln0 mpam0 fmld0").split(" "),
);

/** Whether the settings leave this sentence out: its files need not be looked at. */
export function isLeftOut(
  { folder, speaker, sentence }: Pick<TimitRecording, "folder" | "speaker" | "sentence">,
  { include_sa, test }: Pick<TimitSettings, "include_sa" | "test">,
): boolean {
  if (!include_sa && sentence.startsWith("sa")) return true;
  return folder === "test" && test === "core" && !CORE_TEST_SPEAKERS.has(speaker);
}

/** @throws {UserError} `bad-dataset` if a split is left without utterances. */
export function indexTimit(
  corpus: string,
  recordings: readonly TimitRecording[],
  settings: TimitSettings,
  notes: Pick<UtteranceNotes, "left_out" | "skipped">,
): UtteranceIndex {
  const validation = validationNames(recordings.filter(({ folder }) => folder === "train"), settings.split);
  const found = recordings.map((recording): FoundUtterance => {
    const { path, speaker, sampleRate, channels, frames, labels } = recording;
    const name = nameOf(recording);
    const split: SplitName = recording.folder === "test"
      ? "test"
      : validation.has(name)
      ? "validation"
      : "train";
    return { name, path, speaker, split, sampleRate, channels, frames, labels };
  });
  return indexUtterances(corpus, found, TIMIT_PHONES, settings, notes);
}

/**
 * Phones of a `.PHN` file: lines of first sample, sample behind the last, phone.
 * @param file Names it in errors.
 * @throws {UserError} `bad-dataset` for a line of another form or an unknown phone.
 */
export function parsePhn(text: string, file: string): string[] {
  const phones = linesOf(text).map(({ line, number }) => {
    const match = /^(\d+)\s+(\d+)\s+(\S+)$/.exec(line);
    if (match === null) {
      throw new UserError(
        "bad-dataset",
        `Cannot read ${file}: line ${number} is "${line}", wanted first sample, last sample and phone, as in "0 3050 h#".`,
      );
    }
    const phone = match[3]!.toLowerCase();
    if (TIMIT_PHONES.includes(phone)) return phone;
    throw new UserError(
      "bad-dataset",
      `Cannot read ${file}: line ${number} has the phone "${match[3]}", which is none of TIMIT's 61.${
        suggestion(phone, TIMIT_PHONES)
      } Correct the file.`,
    );
  });
  if (phones.length > 0) return phones;
  throw new UserError("bad-dataset", `Cannot use ${file}: found no phones in it, wanted at least one.`);
}

/** Words or characters of a `.TXT` file: first sample, last sample, sentence. */
export function parseTxt(text: string, output: Exclude<Output, "phone">): string[] {
  const sentence = text.trim().replace(/^\d+\s+\d+\s+/, "");
  return output === "word" ? wordsOf(sentence) : charactersOf(sentence);
}

/** The same however files are spelled, so that upper and lower case give the same split. */
function nameOf({ folder, speaker, sentence }: TimitRecording): string {
  return `${folder}/${speaker}/${sentence}`;
}

/** Which of the TRAIN folder's utterances are for validation. */
function validationNames(
  training: readonly TimitRecording[],
  { train, validation, by, seed }: TimitSettings["split"],
): ReadonlySet<string> {
  const rng = Rng.fromSeed(seed).fork("timit/validation");
  const wanted = Math.round(training.length * validation / (train + validation));
  const names = training.map(nameOf).sort();
  if (by === "utterance") return new Set(rng.shuffle(names).slice(0, wanted));
  const chosen = new Set<string>();
  const bySpeaker = Map.groupBy(names, (name) => name.split("/")[1]!);
  for (const speaker of rng.shuffle([...bySpeaker.keys()].sort())) {
    const own = bySpeaker.get(speaker)!;
    // As near to the wanted number as whole speakers come, and at least one.
    if (chosen.size > 0 && chosen.size + own.length / 2 > wanted) break;
    own.forEach((name) => chosen.add(name));
  }
  return chosen;
}

function linesOf(text: string): { readonly line: string; readonly number: number }[] {
  return text.split(/\r?\n/).map((line, i) => ({ line: line.trim(), number: i + 1 })).filter(({ line }) =>
    line !== ""
  );
}
