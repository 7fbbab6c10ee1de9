/** Configurations over their seeds as text, Markdown and CSV. Pure. */
import { stringify } from "@std/csv";
import {
  CONFIGURATION_COLUMNS,
  configurationCells,
  describedRecord,
  filledColumns,
} from "./described_columns.ts";
import type { MeanStd, SummaryRow } from "./summary.ts";
import { type Column, markdownTable, textTable } from "./table.ts";

const COLUMNS: readonly Column[] = [
  ...CONFIGURATION_COLUMNS,
  { title: "accuracy", align: "right" },
  { title: "macro F1", align: "right" },
  { title: "vs A", align: "right" },
  { title: "pairs", align: "right" },
];

/** @param rows At least one. */
export function summaryText(rows: readonly SummaryRow[]): string {
  const { columns, cells } = shownCells(rows);
  return textTable(columns, cells);
}

export function summaryMarkdown(rows: readonly SummaryRow[]): string {
  const { columns, cells } = shownCells(rows);
  const note =
    `Mean and sample standard deviation over the seeds, in percent; "vs A" is the difference in accuracy to the run ` +
    `with the same seed and setting A, in percentage points, over the seeds that both have (pairs).`;
  return `## Over seeds\n\n${markdownTable(columns, cells)}\n\n${note}\n`;
}

/** All figures unrounded; one column for each other value that the sweep varied. */
export function summaryCsv(rows: readonly SummaryRow[]): string {
  const records = rows.map((r) => ({
    ...describedRecord(r, rows),
    seeds: r.seeds.join(" "),
    accuracy_mean: r.accuracy.mean,
    accuracy_std: r.accuracy.std,
    f1_macro_mean: r.f1_macro.mean,
    f1_macro_std: r.f1_macro.std,
    f1_weighted_mean: r.f1_weighted.mean,
    f1_weighted_std: r.f1_weighted.std,
    gain_over_a_mean: r.gain_over_a?.mean ?? null,
    gain_over_a_std: r.gain_over_a?.std ?? null,
    gain_over_a_pairs: r.gain_over_a?.n ?? 0,
  }));
  return stringify(records, { columns: Object.keys(records[0] ?? {}), crlf: true });
}

/** Without the column of other values if the sweep varied none. */
function shownCells(rows: readonly SummaryRow[]) {
  return filledColumns(
    COLUMNS,
    rows.map((row) => [
      ...configurationCells(row),
      spread(row.accuracy),
      spread(row.f1_macro),
      ...gainCells(row.gain_over_a),
    ]),
  );
}

/** The gain over setting A, and over how many pairs. */
export function gainCells(gain: MeanStd | null): string[] {
  return gain === null ? ["-", "-"] : [`${gain.mean > 0 ? "+" : ""}${spread(gain)}`, String(gain.n)];
}

/** In percent: `87.3 +- 0.4`. */
export function spread({ mean, std }: MeanStd): string {
  return `${(100 * mean).toFixed(1)}${std === null ? "" : ` +- ${(100 * std).toFixed(1)}`}`;
}
