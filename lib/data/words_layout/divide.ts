/** Which split each file of a folder in Speech Commands' layout is in, by names alone. Pure. */
import { UserError } from "../../base/errors.ts";
import { type SplitName, SPLITS } from "../../records/example_index.ts";
import { splitByHash, splitByRank, type SplitShares } from "../split_rules.ts";
import { type Finding, firstOf } from "../finding.ts";
import type { ListedFile, Listing } from "./listing.ts";
import { LIST_FILES, type Lists, readLists } from "./lists.ts";
import { mayNameAnother, namesSpeaker } from "./speaker.ts";
import { SILENCE } from "./vocabulary.ts";

export type Rule = "lists" | "hash" | "ranked";

/** @throws {UserError} `bad-dataset` if the lists that are asked for are missing, or one where the other is there. */
export function ruleOf({ name, lists, files }: Listing, asked: Rule | "auto"): Rule {
  const there = [lists.validation, lists.testing].filter((text) => text !== undefined).length;
  if (asked === "auto" && there !== 1) return there === 0 ? "hash" : "lists";
  if (asked !== "auto" && (asked !== "lists" || there === 2)) return asked;
  const found = there === 0
    ? "neither"
    : `only ${lists.testing === undefined ? LIST_FILES.validation : LIST_FILES.testing}`;
  throw new UserError(
    "bad-dataset",
    `Cannot split ${name} by lists: found ${found}, wanted both validation_list.txt and testing_list.txt in it. Add ` +
      `what is missing${canRank(files) ? ", or set dataset.split.rule to ranked" : ""}.`,
  );
}

function canRank(files: readonly ListedFile[]): boolean {
  return clipsOfSpeakers(files).size >= SPLITS.length;
}

/**
 * @param badFiles `skip`: entries of clips that are not there are told and no error.
 * @throws {UserError} `bad-dataset` for lists that cannot be understood.
 */
export function listsOf({ name, lists, files, folders }: Listing, badFiles: "error" | "skip"): Lists {
  const { validation = "", testing = "" } = lists;
  const read = readLists(name, { validation, testing }, files.map(({ path }) => path), folders);
  if (badFiles === "skip" || read.missing.length === 0) return read;
  throw new UserError(
    "bad-dataset",
    `Cannot split ${name} by lists: ${read.missing.length} of their entries name no clip (${
      firstOf(read.missing)
    }), though the folders are there. Correct them, or let bad files be passed over (bad_files: skip).`,
  );
}

/** What is told of lists that were understood. */
export function listFindings({ respelt, missing, elsewhere }: Lists): Finding[] {
  return [
    {
      level: "warning",
      what: "entries of the lists are spelt otherwise than the clips that they were taken for",
      names: respelt,
    },
    { level: "warning", what: "entries of the lists name no clip and were passed over", names: missing },
    { level: "info", what: "entries of the lists are of words that have no folder here", names: elsewhere },
  ];
}

/**
 * @param used The files that are examples of some class: where splits are ranked, their number counts.
 * @returns The split of any file; speakers without used files are in training where splits are ranked.
 * @throws {UserError} `bad-dataset` for fewer than three speakers to rank.
 */
export function divide(
  { name, rule, lists }: { readonly name: string; readonly rule: Rule; readonly lists: Lists | undefined },
  shares: SplitShares,
  used: readonly ListedFile[],
): (file: ListedFile) => SplitName {
  if (lists !== undefined) {
    const { validation, testing } = lists;
    return ({ path }) => validation.has(path) ? "validation" : testing.has(path) ? "test" : "train";
  }
  const hashed = new Map<string, SplitName>();
  const byHash = ({ speaker }: ListedFile) => {
    const split = hashed.get(speaker) ?? splitByHash(speaker, shares);
    hashed.set(speaker, split);
    return split;
  };
  if (rule === "hash") return byHash;
  const clips = clipsOfSpeakers(used);
  checkSpeakers(name, clips);
  const ranks = splitByRank(clips, shares);
  // Files of `_silence_` are numbered: their names are no speakers, so they fall by hash.
  return (file) => file.folder === SILENCE ? byHash(file) : ranks.get(file.speaker) ?? "train";
}

/** Speaker -> number of files. */
export function clipsOfSpeakers(files: readonly ListedFile[]): ReadonlyMap<string, number> {
  const clips = new Map<string, number>();
  for (const { folder, speaker } of files) {
    if (folder !== SILENCE) clips.set(speaker, (clips.get(speaker) ?? 0) + 1);
  }
  return clips;
}

/** @throws {UserError} `bad-dataset` if there are too few speakers to fill the splits. */
export function checkSpeakers(name: string, clips: ReadonlyMap<string, number>): void {
  if (clips.size >= SPLITS.length) return;
  throw new UserError(
    "bad-dataset",
    `Cannot split ${name} by speaker: found ${clips.size} (${
      [...clips.keys()].join(", ")
    }), wanted at least 3. Name ` +
      `files <speaker>_nohash_<take>.wav, or list the clips in validation_list.txt and testing_list.txt and set ` +
      `dataset.split.rule to lists.`,
  );
}

/** Speakers of words in `split` who are in another split too. */
export function sharedSpeakers(
  used: readonly ListedFile[],
  splitOf: (file: ListedFile) => SplitName,
  split: SplitName,
): number {
  const [own, others] = [new Set<string>(), new Set<string>()];
  for (const file of used) {
    if (file.folder !== SILENCE) (splitOf(file) === split ? own : others).add(file.speaker);
  }
  return own.intersection(others).size;
}

/** What there is to say of the names by which clips are divided. */
export function speakerFindings(used: readonly ListedFile[]): Finding[] {
  const files = used.filter(({ folder }) => folder !== SILENCE);
  const remedy =
    "Name files <speaker>_nohash_<take>.wav, or list the clips in validation_list.txt and testing_list.txt.";
  return [
    {
      level: "warning",
      what: "names tell no speaker, so that one voice may be in training and in the test",
      names: files.filter((file) => !namesSpeaker(file)).map(({ path }) => path),
      remedy,
    },
    {
      level: "warning",
      what:
        "names begin with a number or date that was taken for the speaker, though letters stand behind it",
      names: files.filter(mayNameAnother).map(({ path }) => path),
      remedy,
    },
    {
      level: "warning",
      what: "beginnings of names, one for each word, were taken for its only speaker",
      names: wordsForSpeakers(files),
      remedy,
    },
  ];
}

/** Speakers, if each says one word again and again and no other does: then the names begin with something else. */
function wordsForSpeakers(files: readonly ListedFile[]): string[] {
  const speakers = Map.groupBy(files, ({ speaker }) => speaker);
  const words = Map.groupBy(files, ({ folder }) => folder);
  const areWords = words.size > 1 && speakers.size === words.size && files.length > words.size &&
    [...speakers.values()].every((own) => own.every(({ folder }) => folder === own[0]!.folder));
  return areWords ? [...speakers.keys()] : [];
}
