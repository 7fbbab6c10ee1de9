/** Plain-text tables of cells of one line. Pure. */
import { printable } from "../../../lib/base/printable.ts";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** Columns as wide as their widest cell, two spaces apart, a rule below the titles. */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const [titles, ...cells] = [columns.map((c) => c.title), ...rows].map((row) => row.map(printable));
  const widths = columns.map((_, i) => Math.max(...[titles!, ...cells].map((row) => (row[i] ?? "").length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => pad(cell, widths[i]!, columns[i]!.align ?? "left")).join("  ").trimEnd();
  return [line(titles!), widths.map((w) => "-".repeat(w)).join("  "), ...cells.map(line)].join("\n");
}

export function markdownTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((c) => printable(c).replaceAll("|", "\\|")).join(" | ")} |`;
  const rule = columns.map((c) => c.align === "right" ? "---:" : "---");
  return [line(columns.map((c) => c.title)), line(rule), ...rows.map(line)].join("\n");
}

function pad(text: string, width: number, align: "left" | "right"): string {
  const space = " ".repeat(Math.max(0, width - text.length));
  return align === "right" ? space + text : text + space;
}
