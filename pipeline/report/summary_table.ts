/** Configurations over their seeds as text, Markdown and CSV. Pure. */
import { stringify } from "@std/csv";
import type { MeanStd, SummaryRow } from "./summary.ts";
import { type Column, markdownTable, textTable } from "./table.ts";

const COLUMNS: readonly Column[] = [
  { title: "front-end" },
  { title: "set" },
  { title: "model" },
  { title: "mels", align: "right" },
  { title: "other" },
  { title: "seeds", align: "right" },
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
  const others = [...new Set(rows.flatMap((r) => Object.keys(r.other)))];
  const records = rows.map((r) => ({
    frontend: r.frontend,
    model: r.model,
    setting: r.setting,
    n_mels: r.n_mels,
    ...Object.fromEntries(others.map((key) => [key, r.other[key] ?? null])),
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
function shownCells(rows: readonly SummaryRow[]): { columns: readonly Column[]; cells: string[][] } {
  const all = rows.map((row) => [
    row.frontend,
    row.setting,
    row.model,
    String(row.n_mels),
    Object.entries(row.other).map(([key, value]) =>
      `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`
    ).join(" "),
    String(row.seeds.length),
    spread(row.accuracy),
    spread(row.f1_macro),
    row.gain_over_a === null ? "-" : `${row.gain_over_a.mean > 0 ? "+" : ""}${spread(row.gain_over_a)}`,
    row.gain_over_a === null ? "-" : String(row.gain_over_a.n),
  ]);
  const kept = COLUMNS.map(({ title }) =>
    title !== "other" || rows.some((r) => Object.keys(r.other).length > 0)
  );
  return {
    columns: COLUMNS.filter((_, i) => kept[i]),
    cells: all.map((row) => row.filter((_, i) => kept[i])),
  };
}

/** In percent: `87.3 +- 0.4`. */
export function spread({ mean, std }: MeanStd): string {
  return `${(100 * mean).toFixed(1)}${std === null ? "" : ` +- ${(100 * std).toFixed(1)}`}`;
}
