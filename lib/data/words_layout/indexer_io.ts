/** Indexes splits of folders in Speech Commands' layout, from recordings `audio`. */
import { parseSettings } from "../settings.ts";
import { wordsSchema } from "./schema.ts";
import { indexSplit, planSplit } from "./split_index.ts";
import { wordNames, wordsIndexer } from "./words_indexer_io.ts";

export const indexer = wordsIndexer({
  parse: (settings) => parseSettings(wordsSchema, settings, "Cannot index the data set"),
  rootKey: () => "dataset.root",
  plan: planSplit,
  index: indexSplit,
});

export const otherNames = wordNames;
