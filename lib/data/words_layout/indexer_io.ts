/** Indexes splits of folders in Speech Commands' layout, from recordings `audio`. */
import type { Indexer } from "../contract.ts";
import { parseSettings } from "../settings.ts";
import { tellWords } from "./clips.ts";
import { listWords, readHeaders } from "./listing_io.ts";
import { wordsSchema } from "./schema.ts";
import { indexSplit, planSplit } from "./split_index.ts";

export const indexer: Indexer = async ({ split, settings, inputs }, report) => {
  const parsed = parseSettings(wordsSchema, settings, "Cannot index the data set");
  const root = inputs["audio"]!;
  const listing = listWords(root);
  const plan = planSplit(listing, parsed, split);
  const read = await readHeaders(
    root,
    plan.files,
    parsed.badFiles,
    (done, total) => report.progress({ done, total, unit: "files" }),
  );
  const index = indexSplit(listing, plan, read, parsed);
  tellWords(index, read.files, plan.findings, report);
  return index;
};
