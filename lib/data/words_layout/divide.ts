/** Which split each file of a folder in Speech Commands' layout is in, by names alone. Pure. */
import { UserError } from "../../base/errors.ts";
import { type SplitName, SPLITS } from "../../records/example_index.ts";
import { splitByHash, splitByRank, type SplitShares } from "../split_rules.ts";
import type { ListedFile, Listing } from "./listing.ts";
import { SILENCE } from "./vocabulary.ts";

export type Rule = "lists" | "hash" | "ranked";

/** @throws {UserError} `bad-dataset` if the lists that are asked for are missing. */
export function ruleOf({ name, lists }: Listing, asked: Rule | "auto"): Rule {
  if (asked === "auto") return lists === undefined ? "hash" : "lists";
  if (asked === "lists" && lists === undefined) {
    throw new UserError(
      "bad-dataset",
      `Cannot split ${name} by lists: wanted both validation_list.txt and testing_list.txt in it. Add them, or set ` +
        `dataset.split.rule to hash or ranked.`,
    );
  }
  return asked;
}

/**
 * @param used The files that are examples of some class: where splits are ranked, their number counts.
 * @returns The split of any file; speakers without used files are in training where splits are ranked.
 * @throws {UserError} `bad-dataset` for fewer than three speakers to rank.
 */
export function divide(
  rule: Rule,
  { name, lists }: Listing,
  shares: SplitShares,
  used: readonly ListedFile[],
): (file: ListedFile) => SplitName {
  if (rule === "lists" && lists !== undefined) {
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
      `files <speaker>_nohash_<take>.wav, or list the clips in validation_list.txt and testing_list.txt.`,
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
