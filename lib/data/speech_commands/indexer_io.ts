/** Indexes splits of Speech Commands' two archives, from recordings `audio`. */
import type { Indexer } from "../contract.ts";
import { parseSettings } from "../settings.ts";
import { tellWords } from "../words_layout/clips.ts";
import { listWords, readHeaders } from "../words_layout/listing_io.ts";
import { archiveSchema, indexArchive, planArchive } from "./archive_index.ts";

export const indexer: Indexer = async ({ split, settings, inputs }, report) => {
  const parsed = parseSettings(archiveSchema, settings, "Cannot index Speech Commands");
  const root = inputs["audio"]!;
  const listing = listWords(root, split === "test" ? "dataset.test_root" : "dataset.root");
  const plan = planArchive(listing, parsed, split);
  const read = await readHeaders(
    root,
    plan.files,
    parsed.badFiles,
    (done, total) => report.progress({ done, total, unit: "files" }),
  );
  const index = indexArchive(listing, plan, read, parsed);
  tellWords(index, read.files, plan.findings, report);
  return index;
};
