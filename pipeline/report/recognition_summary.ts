/** Recognisers that differ only in their seed, as one configuration: means and standard deviations. Pure. */
import { stringify } from "@std/csv";
import {
  CONFIGURATION_COLUMNS,
  configurationCells,
  describedRecord,
  filledColumns,
} from "./described_columns.ts";
import type { RecognitionRow } from "./recognition_results.ts";
import type { RunDescription } from "./results.ts";
import { apartFromSeed, type MeanStd, meanStd, repeatsSeeds } from "./summary.ts";
import { gainCells, spread } from "./summary_table.ts";
import { type Column, markdownTable, textTable } from "./table.ts";

/** One configuration over its seeds; figures are of the best checkpoints. */
export interface RecognitionSummary extends Omit<RunDescription, "run" | "seed"> {
  readonly seeds: readonly number[];
  readonly error_rate: MeanStd;
  readonly folded_error_rate: MeanStd | null;
  /** Paired by seed; null in setting A, and where no seed has both. */
  readonly gain_over_a: MeanStd | null;
}

const COLUMNS: readonly Column[] = [
  ...CONFIGURATION_COLUMNS,
  { title: "error rate", align: "right" },
  { title: "of 39 phones", align: "right" },
  { title: "vs A", align: "right" },
  { title: "pairs", align: "right" },
];

/** One row for each configuration, in the order of their first runs; none if no two runs differ only in their seed. */
export function summarizeRecognizers(rows: readonly RecognitionRow[]): RecognitionSummary[] {
  if (!repeatsSeeds(rows)) return [];
  return [...Map.groupBy(rows, apartFromSeed).values()].map((group) => {
    const { frontend, model, setting, n_mels, other } = group[0]!;
    const gains = group.flatMap(({ gain_over_a }) => gain_over_a === null ? [] : [gain_over_a]);
    const folded = group.flatMap(({ best }) => best.folded === null ? [] : [best.folded.rate]);
    return {
      frontend,
      model,
      setting,
      n_mels,
      other,
      seeds: group.map(({ seed }) => seed),
      error_rate: meanStd(group.map(({ best }) => best.errors.rate)),
      folded_error_rate: folded.length === 0 ? null : meanStd(folded),
      gain_over_a: setting === "A" || gains.length === 0 ? null : meanStd(gains),
    };
  });
}

/** @param rows At least one. */
export function recognitionSummaryText(rows: readonly RecognitionSummary[]): string {
  const { columns, cells } = shownCells(rows);
  return textTable(columns, cells);
}

export function recognitionSummaryMarkdown(rows: readonly RecognitionSummary[]): string {
  const { columns, cells } = shownCells(rows);
  const note =
    `Mean and sample standard deviation over the seeds, in percent; "vs A" is the difference to the run with the same seed ` +
    `and setting A, in percentage points, over the seeds that both have (pairs): below 0 is better.`;
  return `## Over seeds\n\n${markdownTable(columns, cells)}\n\n${note}\n`;
}

/** All figures unrounded. */
export function recognitionSummaryCsv(rows: readonly RecognitionSummary[]): string {
  const records = rows.map((r) => ({
    ...describedRecord(r, rows),
    seeds: r.seeds.join(" "),
    error_rate_mean: r.error_rate.mean,
    error_rate_std: r.error_rate.std,
    folded_error_rate_mean: r.folded_error_rate?.mean ?? null,
    folded_error_rate_std: r.folded_error_rate?.std ?? null,
    gain_over_a_mean: r.gain_over_a?.mean ?? null,
    gain_over_a_std: r.gain_over_a?.std ?? null,
    gain_over_a_pairs: r.gain_over_a?.n ?? 0,
  }));
  return stringify(records, { columns: Object.keys(records[0] ?? {}), crlf: true });
}

/** Without the column of other values if the sweep varied none. */
function shownCells(rows: readonly RecognitionSummary[]) {
  return filledColumns(
    COLUMNS,
    rows.map((row) => [
      ...configurationCells(row),
      spread(row.error_rate),
      row.folded_error_rate === null ? "-" : spread(row.folded_error_rate),
      ...gainCells(row.gain_over_a),
    ]),
  );
}
