/** Which split each sentence of a corpus in TIMIT's layout is in, by names alone, and what its transcripts say. Pure. */
import { UserError } from "../../base/errors.ts";
import { suggestion } from "../../base/nearest.ts";
import { Rng } from "../../base/random.ts";
import { TIMIT_PHONES } from "../../phones/timit.ts";
import type { SplitName } from "../../records/example_index.ts";
import { charactersOf, wordsOf } from "../utterances/orthography.ts";
import type { Output } from "../utterances/schema.ts";
import type { TimitSettings } from "./schema.ts";

/** One sentence of one speaker, as listed. */
export interface Sentence {
  readonly folder: "train" | "test";
  readonly speaker: string;
  /** `sx127`. */
  readonly sentence: string;
}

type DivisionSettings = Pick<TimitSettings, "includeSa" | "split" | "test">;

/** One test speaker of either sex from each region more than one: TIMIT's `TESTSET.DOC`, table 1. */
const CORE_TEST_SPEAKERS: ReadonlySet<string> = new Set(
  ("mdab0 mwbt0 felc0 mtas1 mwew0 fpas0 mjmp0 mlnt0 fpkt0 mlll0 mtls0 fjlm0 mbpm0 mklt0 fnlp0 mcmj0 mjdh0 fmgd0 " +
    "mgrt0 mnjm0 fdhc0 mjln0 mpam0 fmld0").split(" "),
);

/** Where a split's recordings are. */
export function folderOf(split: SplitName): "train" | "test" {
  return split === "test" ? "test" : "train";
}

/** @param all Of both folders, as far as they are there. */
export function sentencesOfSplit<One extends Sentence>(
  all: readonly One[],
  settings: DivisionSettings,
  split: SplitName,
): { readonly sentences: readonly One[]; readonly leftOut: number; readonly sharedSpeakers: number } {
  const wanted = all.filter((sentence) => !isLeftOut(sentence, settings));
  const validation = validationNames(wanted.filter(({ folder }) => folder === "train"), settings.split);
  const splitOf = (sentence: Sentence): SplitName =>
    sentence.folder === "test" ? "test" : validation.has(nameOf(sentence)) ? "validation" : "train";
  const speakers = (own: boolean) =>
    new Set(wanted.filter((one) => (splitOf(one) === split) === own).map(({ speaker }) => speaker));
  const inFolder = (sentences: readonly Sentence[]) =>
    sentences.filter(({ folder }) => folder === folderOf(split)).length;
  return {
    sentences: wanted.filter((sentence) => splitOf(sentence) === split),
    // What is drawn for validation comes from what is left in.
    leftOut: split === "validation" ? 0 : inFolder(all) - inFolder(wanted),
    sharedSpeakers: speakers(true).intersection(speakers(false)).size,
  };
}

/** The same however files are spelled, so that upper and lower case give the same split. */
export function nameOf({ folder, speaker, sentence }: Sentence): string {
  return `${folder}/${speaker}/${sentence}`;
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

function isLeftOut(
  { folder, speaker, sentence }: Sentence,
  { includeSa, test }: DivisionSettings,
): boolean {
  if (!includeSa && sentence.startsWith("sa")) return true;
  return folder === "test" && test === "core" && !CORE_TEST_SPEAKERS.has(speaker);
}

/** Which of the TRAIN folder's utterances are for validation. */
function validationNames(
  training: readonly Sentence[],
  { train, validation, by, seed }: DivisionSettings["split"],
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
