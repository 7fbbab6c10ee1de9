/** Indexes splits of corpora in TIMIT's layout, from recordings `audio`. */
import { UserError } from "../../base/errors.ts";
import { TIMIT_PHONES } from "../../phones/timit.ts";
import type { Indexer, OtherNames } from "../contract.ts";
import { linkFinding } from "../links_io.ts";
import { parseSettings } from "../settings.ts";
import { scanUtterances } from "../utterances/scan.ts";
import { classesOf, indexUtterances, tellUtterances } from "../utterances/split_index.ts";
import { trainingClasses } from "../utterances/training_classes_io.ts";
import { listSentences, readSentence } from "./corpus_io.ts";
import { timitSchema, type TimitSettings } from "./schema.ts";
import type { SplitName } from "../../records/example_index.ts";
import { folderOf, nameOf, sentencesOfSplit } from "./sentences.ts";

export const indexer: Indexer = async ({ split, settings, inputs }, report) => {
  const parsed = parseSettings(timitSchema, settings, "Cannot index the corpus");
  const root = inputs["audio"]!;
  const all = listSentences(root, split);
  const { sentences, leftOut, sharedSpeakers } = sentencesOfSplit(all, parsed, split);
  checkLeftIn(root, all.filter(({ folder }) => folder === folderOf(split)).length, leftOut, parsed);
  const read = await scanUtterances(sentences, {
    root,
    badFiles: parsed.badFiles,
    path: ({ audio }) => audio,
    read: (files) => readSentence(root, files, parsed.output),
  }, report);
  const classes = classesOf(parsed, TIMIT_PHONES, read.found, trainingClasses(inputs));
  const index = indexUtterances(
    root,
    { split, ...read, leftOut, sharedSpeakers, remedy: remedyFor(split, parsed) },
    classes,
    parsed,
  );
  tellUtterances(index, {
    found: read.found,
    findings: [linkFinding(root, read.found.map(({ path }) => path))],
  }, report);
  return index;
};

/** All sentences of both folders. */
export const otherNames: OtherNames = ({ split, inputs }) =>
  new Set(listSentences(inputs["audio"]!, split).map(nameOf));

/** Where the division of the TRAIN folder leaves nothing. */
function remedyFor(split: SplitName, { split: { by } }: Pick<TimitSettings, "split">): string {
  return by === "speaker"
    ? "Set dataset.split.by to utterance, or add speakers."
    : `Give dataset.split.${split} a larger share, or add utterances.`;
}

function checkLeftIn(
  root: string,
  listed: number,
  leftOut: number,
  { includeSa, test }: Pick<TimitSettings, "includeSa" | "test">,
): void {
  if (listed > leftOut) return;
  const ways = [
    ...(test === "core" ? ["dataset.test to full"] : []),
    ...(includeSa ? [] : ["dataset.include_sa to true"]),
  ];
  throw new UserError(
    "bad-dataset",
    `Cannot index ${root}: found ${listed} recordings, all of which are left out. Set ${ways.join(" and ")}.`,
  );
}
