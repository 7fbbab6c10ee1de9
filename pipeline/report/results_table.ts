/** Rows of results as text, Markdown and CSV. Pure. */
import { stringify } from "@std/csv";
import { describedRecord, RUN_COLUMNS, runCells } from "./described_columns.ts";
import { type Column, markdownTable, textTable } from "./table.ts";
import { duration, percent, points } from "./wording.ts";
import type { ResultRow } from "./results.ts";

const COLUMNS: readonly Column[] = [
  ...RUN_COLUMNS,
  { title: "accuracy", align: "right" },
  { title: "95 % interval" },
  { title: "vs A", align: "right" },
  { title: "macro F1", align: "right" },
  { title: "last epoch", align: "right" },
  { title: "training", align: "right" },
];

export function resultsText(rows: readonly ResultRow[]): string {
  return textTable(COLUMNS, rows.map(cells));
}

export function resultsMarkdown(title: string, rows: readonly ResultRow[]): string {
  const note =
    `Accuracy and F1 are of the checkpoint with the lowest validation loss, on the test split; "last epoch" is the ` +
    `accuracy of the last one. The interval is Wilson's 95 % score interval over the test clips; "vs A" is the difference ` +
    `to the run that differs only in having setting A, in percentage points.`;
  return `# ${title}\n\n${markdownTable(COLUMNS, rows.map(cells))}\n\n${note}\n`;
}

/** All figures unrounded; one column for each other value that the sweep varied. */
export function resultsCsv(rows: readonly ResultRow[]): string {
  const records = rows.map((r) => ({
    run: r.run,
    ...describedRecord(r, rows),
    trained_parameters: r.trained_parameters,
    test_clips: r.test_clips,
    accuracy: r.best.accuracy,
    accuracy_low: r.accuracy_low,
    accuracy_high: r.accuracy_high,
    gain_over_a: r.gain_over_a,
    f1_macro: r.best.f1_macro,
    f1_weighted: r.best.f1_weighted,
    cross_entropy: r.best.cross_entropy,
    best_epoch: r.best.epoch,
    last_accuracy: r.last.accuracy,
    last_f1_macro: r.last.f1_macro,
    last_cross_entropy: r.last.cross_entropy,
    train_seconds: r.train_seconds,
  }));
  return stringify(records, { columns: Object.keys(records[0] ?? {}), crlf: true });
}

function cells(row: ResultRow): string[] {
  return [
    ...runCells(row),
    percent(row.best.accuracy),
    `${percent(row.accuracy_low)} to ${percent(row.accuracy_high)}`,
    row.gain_over_a === null ? "-" : points(row.gain_over_a),
    percent(row.best.f1_macro),
    percent(row.last.accuracy),
    duration(row.train_seconds),
  ];
}
