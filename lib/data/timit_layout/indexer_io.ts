/** Indexes splits of corpora in TIMIT's layout, from recordings `audio`. */
import { UserError } from "../../base/errors.ts";
import { TIMIT_PHONES } from "../../phones/timit.ts";
import type { Indexer } from "../contract.ts";
import { linkFinding } from "../links_io.ts";
import { parseSettings } from "../settings.ts";
import { scanUtterances } from "../utterances/scan.ts";
import { classesOf, indexUtterances, tellUtterances } from "../utterances/split_index.ts";
import { trainingClasses } from "../utterances/training_classes_io.ts";
import { listSentences, readSentence } from "./corpus_io.ts";
import { timitSchema } from "./schema.ts";
import { folderOf, sentencesOfSplit } from "./sentences.ts";

export const indexer: Indexer = async ({ split, settings, inputs }, report) => {
  const parsed = parseSettings(timitSchema, settings, "Cannot index the corpus");
  const root = inputs["audio"]!;
  const all = listSentences(root, split);
  const { sentences, leftOut, sharedSpeakers } = sentencesOfSplit(all, parsed, split);
  checkLeftIn(root, all.filter(({ folder }) => folder === folderOf(split)).length, leftOut);
  const read = await scanUtterances(sentences, {
    root,
    badFiles: parsed.badFiles,
    path: ({ audio }) => audio,
    read: (files) => readSentence(root, files, parsed.output),
  }, report);
  const classes = classesOf(parsed, TIMIT_PHONES, read.found, trainingClasses(inputs));
  const index = indexUtterances(root, { split, ...read, leftOut, sharedSpeakers }, classes, parsed);
  tellUtterances(index, {
    found: read.found,
    findings: [linkFinding(root, read.found.map(({ path }) => path))],
  }, report);
  return index;
};

function checkLeftIn(root: string, listed: number, leftOut: number): void {
  if (listed > leftOut) return;
  throw new UserError(
    "bad-dataset",
    `Cannot index ${root}: found ${listed} recordings, none of which dataset.include_sa and dataset.test leave in.`,
  );
}
