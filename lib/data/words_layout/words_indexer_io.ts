/** How splits of anything in Speech Commands' layout are indexed: names, then a plan, then headers, then the index. */
import type { JsonObject } from "../../base/json.ts";
import type { ExampleIndex, SplitName } from "../../records/example_index.ts";
import type { Indexer, OtherNames, Report } from "../contract.ts";
import { type Finding, tellFindings } from "../finding.ts";
import { tellWords } from "./clips.ts";
import type { ListedFile, Listing, ReadFiles } from "./listing.ts";
import { listWords, readHeaders } from "./listing_io.ts";
import { RUNNING, withRunning } from "./running.ts";

interface WordsSettings {
  readonly badFiles: "error" | "skip";
}

interface WordsPlan {
  /** Files whose headers decide the index. */
  readonly files: readonly ListedFile[];
  /** What the log tells besides. */
  readonly findings: readonly Finding[];
}

/** What one kind of data set decides of it. */
export interface WordsLayout<Settings extends WordsSettings, Plan extends WordsPlan> {
  parse(settings: JsonObject): Settings;
  /** The setting that names the folder of a split, for messages. */
  rootKey(split: SplitName): string;
  plan(listing: Listing, settings: Settings, split: SplitName): Plan;
  index(listing: Listing, plan: Plan, read: ReadFiles, settings: Settings): ExampleIndex;
}

/** All recordings of `audio`, whatever split they are in. */
export const wordNames: OtherNames = ({ inputs }) =>
  new Set(listWords(inputs["audio"]!).files.map(({ path }) => path));

/** Indexes recordings `audio`, and windows of `running` where there are such. */
export function wordsIndexer<Settings extends WordsSettings, Plan extends WordsPlan>(
  layout: WordsLayout<Settings, Plan>,
): Indexer {
  return async ({ split, settings, inputs }, report) => {
    const parsed = layout.parse(settings);
    const root = inputs["audio"]!;
    const listing = listWords(root, layout.rootKey(split));
    const plan = layout.plan(listing, parsed, split);
    const read = await readHeaders(
      root,
      plan.files,
      parsed.badFiles,
      (done, total) => report.progress({ done, total, unit: "files" }),
    );
    const index = layout.index(listing, plan, read, parsed);
    tellWords(index, read.files, plan.findings, report);
    const running = inputs[RUNNING];
    return running === undefined ? index : await withWindows(index, running, parsed.badFiles, report);
  };
}

async function withWindows(
  index: ExampleIndex,
  root: string,
  badFiles: WordsSettings["badFiles"],
  report: Report,
): Promise<ExampleIndex> {
  const listing = listWords(root, "dataset.running_root");
  const read = await readHeaders(
    root,
    listing.files,
    badFiles,
    (done, total) => report.progress({ done, total, unit: "files" }),
  );
  const { index: whole, findings } = withRunning(index, read, root);
  report.note(
    "info",
    `${whole.notes[RUNNING]} clips of running speech by ${
      new Set(read.files.map(({ speaker }) => speaker)).size
    } speakers, all of the class _unknown_.`,
  );
  tellFindings([...listing.findings, ...findings], report);
  return whole;
}
