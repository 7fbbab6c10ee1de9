/** What helps where a split has no clips of a class: for each cause its own remedy, tried before it is named. Pure. */
import { UserError } from "../../base/errors.ts";
import { type SplitName, SPLITS } from "../../records/example_index.ts";
import type { SplitShares } from "../split_rules.ts";
import { clipsOfSpeakers, divide, type Rule } from "./divide.ts";
import { labelOf, type ListedFile, type Listing, type ReadFiles } from "./listing.ts";
import { LIST_FILES } from "./lists.ts";
import { BACKGROUND_NOISE, SILENCE, UNKNOWN } from "./vocabulary.ts";

/** Of a split that was indexed. */
export interface Division {
  readonly split: SplitName;
  readonly rule: Rule;
  readonly classes: readonly string[];
  readonly targets: readonly string[];
  readonly shares: SplitShares;
}

/** @param empty Classes without clips. */
export function emptyClasses(
  { name, files }: Listing,
  division: Division,
  empty: readonly string[],
  { skipped }: Pick<ReadFiles, "skipped">,
): UserError {
  const { split, rule, targets } = division;
  const words = files.filter(({ folder }) => folder !== BACKGROUND_NOISE);
  const filesOf = (label: string) => words.filter(({ folder }) => labelOf(folder, targets) === label);
  const remedies = empty.map((label) =>
    ownRemedy(
      label,
      division,
      filesOf(label),
      skipped.filter(({ path }) => isOf(path, label, targets)).length,
    ) ??
      divisionRemedy(label, division, words)
  );
  return new UserError(
    "bad-dataset",
    `Cannot index ${name}: split by ${rule}, the ${split} split has no clips of ${
      empty.join(", ")
    }; wanted clips of ` +
      `every class in every split. ${[...new Set(remedies)].join(" ")}`,
  );
}

function isOf(path: string, label: string, targets: readonly string[]): boolean {
  return labelOf(path.split("/")[0]!.normalize("NFC"), targets) === label;
}

/** Where no other division would help. @param unread Files of the class in this split that cannot be read. */
function ownRemedy(
  label: string,
  { split, rule }: Division,
  files: readonly ListedFile[],
  unread: number,
): string | undefined {
  if (label === SILENCE) {
    return `Set dataset.silence to 0, or add recordings of a few seconds to ${BACKGROUND_NOISE}.`;
  }
  if (unread > 0) {
    return `None of the ${split} split's ${unread} clips of ${label} can be read: repair or replace them.`;
  }
  if (files.length === 0) {
    return "The folder has no other words than the targets: set dataset.unknown to 0, or add some.";
  }
  const speakers = new Set(files.map(({ speaker }) => speaker)).size;
  if (rule === "lists" || speakers >= SPLITS.length) return undefined;
  const found = `found ${speakers} of ${label}, wanted at least ${SPLITS.length} speakers of each class`;
  return label === UNKNOWN
    ? `Set dataset.unknown to 0, or add recordings: ${found}.`
    : `Leave ${label} out of dataset.targets, or add recordings: ${found}.`;
}

function divisionRemedy(label: string, division: Division, words: readonly ListedFile[]): string {
  const { split, rule, shares } = division;
  const salt = saltThatFills(division, words);
  const settings = salt === undefined ? [] : [[
    ...(rule === "ranked" ? [] : ["dataset.split.rule to ranked"]),
    ...(salt === shares.salt ? [] : [`dataset.split.salt to ${salt}`]),
  ].join(" and ")];
  if (label === UNKNOWN) settings.push("dataset.unknown to 0");
  const ways = [
    ...(rule === "lists" ? [listRemedy(label, split)] : []),
    ...(settings.length === 0 ? [] : [`set ${settings.join(", or ")}`]),
  ];
  const way = ways.length === 0 ? "add recordings of more speakers" : ways.join(", or ");
  return `${way.charAt(0).toUpperCase()}${way.slice(1)}.`;
}

function listRemedy(label: string, split: SplitName): string {
  if (split === "train") return `take clips of ${label} out of ${Object.values(LIST_FILES).join(" and ")}`;
  return `list clips of ${label} in ${split === "test" ? LIST_FILES.testing : LIST_FILES.validation}`;
}

/** With which the speakers, ranked, are divided so that every class is in every split; few of 26 tries usually do. */
function saltThatFills(
  { classes, targets, shares }: Division,
  words: readonly ListedFile[],
): string | undefined {
  const spoken = classes.filter((label) => label !== SILENCE);
  const used = words.filter(({ folder }) => spoken.includes(labelOf(folder, targets)));
  if (clipsOfSpeakers(used).size < SPLITS.length) return undefined;
  return [shares.salt, ..."abcdefghijklmnopqrstuvwxyz"].find((salt) => {
    const splitOf = divide({ name: "", rule: "ranked", lists: undefined }, { ...shares, salt }, used);
    const there = new Set(used.map((file) => `${labelOf(file.folder, targets)} ${splitOf(file)}`));
    return spoken.every((label) => SPLITS.every((split) => there.has(`${label} ${split}`)));
  });
}
