/** Rows of recognisers' results as text, Markdown and CSV, and utterances as they were heard. Pure. */
import { stringify } from "@std/csv";
import { describedRecord, RUN_COLUMNS, runCells } from "./described_columns.ts";
import type { RecognitionRow, ShownAlignment } from "./recognition_results.ts";
import { type Column, markdownTable, textTable } from "./table.ts";
import { duration, percent, points } from "./wording.ts";

const COLUMNS: readonly Column[] = [
  ...RUN_COLUMNS,
  { title: "error rate", align: "right" },
  { title: "95 % interval" },
  { title: "of 39 phones", align: "right" },
  { title: "95 % interval" },
  { title: "vs A", align: "right" },
  { title: "last epoch", align: "right" },
  { title: "training", align: "right" },
];

export function recognitionText(rows: readonly RecognitionRow[]): string {
  return textTable(COLUMNS, rows.map(cells));
}

export function recognitionMarkdown(title: string, rows: readonly RecognitionRow[]): string {
  const note =
    `Error rates are substitutions, insertions and deletions over the labels of the whole test split, of the checkpoint ` +
    `with the lowest validation loss; "of 39 phones" folds TIMIT's 61 phones first (Lee and Hon 1989); "last epoch" is the ` +
    `error rate of the last one. Intervals are 95 % bootstrap intervals over utterances; "vs A" is the difference to the run ` +
    `that differs only in having setting A, in percentage points of the 39 phones, or of all labels where they are no ` +
    `phones: below 0 is better.`;
  return `# ${title}\n\n${markdownTable(COLUMNS, rows.map(cells))}\n\n${note}\n`;
}

/** All figures unrounded; one column for each other value that the sweep varied. */
export function recognitionCsv(rows: readonly RecognitionRow[]): string {
  const records = rows.map((r) => ({
    run: r.run,
    ...describedRecord(r, rows),
    trained_parameters: r.trained_parameters,
    test_utterances: r.test_utterances,
    left_out: r.left_out,
    error_rate: r.best.errors.rate,
    error_rate_low: r.best.errors.low,
    error_rate_high: r.best.errors.high,
    substitutions: r.best.errors.substitutions,
    insertions: r.best.errors.insertions,
    deletions: r.best.errors.deletions,
    reference: r.best.errors.reference,
    folded_error_rate: r.best.folded?.rate ?? null,
    folded_error_rate_low: r.best.folded?.low ?? null,
    folded_error_rate_high: r.best.folded?.high ?? null,
    gain_over_a: r.gain_over_a,
    utterance_average: r.best.utterance_average,
    loss: r.best.loss,
    best_epoch: r.best.epoch,
    last_error_rate: r.last.errors.rate,
    last_folded_error_rate: r.last.folded?.rate ?? null,
    last_loss: r.last.loss,
    train_seconds: r.train_seconds,
  }));
  return stringify(records, { columns: Object.keys(records[0] ?? {}), crlf: true });
}

/**
 * What was said above what was heard, label below label, `-` for nothing, errors marked.
 * @param width In characters; longer utterances go on in further blocks.
 */
export function alignmentText({ name, reference, hypothesis }: ShownAlignment, width: number): string {
  const columns = reference.map((said, i) => {
    const heard = hypothesis[i] ?? null;
    const [above, below] = [said ?? "-", heard ?? "-"];
    const size = Math.max(above.length, below.length);
    return [above.padEnd(size), below.padEnd(size), (said === heard ? "" : "^").padEnd(size)] as const;
  });
  const blocks: string[] = [];
  for (let at = 0; at < columns.length;) {
    let used = LABEL_WIDTH;
    const first = at;
    while (at < columns.length && (at === first || used + columns[at]![0].length < width)) {
      used += columns[at++]![0].length + 1;
    }
    const part = columns.slice(first, at);
    const line = (label: string, row: 0 | 1 | 2) =>
      `${label.padEnd(LABEL_WIDTH)}${part.map((column) => column[row]).join(" ")}`.trimEnd();
    blocks.push([line("  said", 0), line("  heard", 1), line("", 2)].filter(Boolean).join("\n"));
  }
  return [name, ...blocks].join("\n");
}

const LABEL_WIDTH = "  heard  ".length;

function cells(row: RecognitionRow): string[] {
  const { errors, folded } = row.best;
  const interval = (rates: { readonly low: number; readonly high: number } | null) =>
    rates === null ? "-" : `${percent(rates.low)} to ${percent(rates.high)}`;
  return [
    ...runCells(row),
    percent(errors.rate),
    interval(errors),
    folded === null ? "-" : percent(folded.rate),
    interval(folded),
    row.gain_over_a === null ? "-" : points(row.gain_over_a),
    percent(row.last.errors.rate),
    duration(row.train_seconds),
  ];
}
