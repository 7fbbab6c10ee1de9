/** Indexes splits of Speech Commands' two archives, from recordings `audio`. */
import { parseSettings } from "../settings.ts";
import { wordsIndexer } from "../words_layout/words_indexer_io.ts";
import { archiveSchema, indexArchive, planArchive } from "./archive_index.ts";

export const indexer = wordsIndexer({
  parse: (settings) => parseSettings(archiveSchema, settings, "Cannot index Speech Commands"),
  rootKey: (split) => split === "test" ? "dataset.test_root" : "dataset.root",
  plan: planArchive,
  index: indexArchive,
});
