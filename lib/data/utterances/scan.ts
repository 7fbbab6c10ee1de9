/** Goes through the utterances of a split, and past those that cannot be used. */
import { UserError } from "../../base/errors.ts";
import type { SkippedFile } from "../../records/example_index.ts";
import type { Report } from "../contract.ts";
import { withRemedy } from "../finding.ts";
import type { FoundUtterance } from "./split_index.ts";

export interface ScanOptions<Listed> {
  /** Absolute path of the corpus, left out of the reasons why files are skipped. */
  readonly root: string;
  readonly badFiles: "error" | "skip";
  /** Of the recording, relative to the root. */
  path(listed: Listed): string;
  read(listed: Listed): Promise<FoundUtterance>;
}

/** @throws {UserError} `bad-dataset` or `bad-audio` for what cannot be used, unless it is to be skipped. */
export async function scanUtterances<Listed>(
  listed: readonly Listed[],
  { root, badFiles, path, read }: ScanOptions<Listed>,
  report: Report,
): Promise<{ readonly found: readonly FoundUtterance[]; readonly skipped: readonly SkippedFile[] }> {
  const found: FoundUtterance[] = [];
  const skipped: SkippedFile[] = [];
  const total = listed.length;
  for (const [i, one] of listed.entries()) {
    try {
      found.push(await read(one));
    } catch (error) {
      const isBad = error instanceof UserError && ["bad-audio", "bad-dataset"].includes(error.reason);
      if (!isBad) throw error;
      if (badFiles === "error") throw withRemedy(error);
      skipped.push({ path: path(one), reason: error.message.replaceAll(`${root}/`, "") });
    }
    const done = i + 1;
    if (done % 200 === 0 || done === total) report.progress({ done, total, unit: "utterances" });
  }
  return { found, skipped };
}
