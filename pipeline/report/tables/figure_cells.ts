/** Figures as cells of tables. Pure. */
import type { FigureColumn } from "../../../lib/records/metrics.ts";
import type { MeanStd, Results } from "../../../lib/records/results.ts";
import type { Column } from "../text/table.ts";

/** As its column wants it. @param digits Of shares, after the point. */
export function figureText(value: number | null, { as }: Pick<FigureColumn, "as">, digits = 1): string {
  if (value === null) return "-";
  switch (as) {
    case "percent":
      return `${(100 * value).toFixed(digits)} %`;
    case "number":
      return value.toFixed(3);
    case "count":
      return value.toLocaleString("en");
    default:
      throw as satisfies never;
  }
}

/** A column that numbers stand in. */
export function numbers(title: string): Column {
  return { title, align: "right" };
}

/** The column that runs are compared by, and the next one that there is: what a terminal has room for. */
export function shownColumns(
  { columns, comparedBy }: Pick<Results, "columns" | "comparedBy">,
): { readonly score: FigureColumn; readonly next: FigureColumn | undefined } {
  const [score = columns[0]!] = columns.filter(({ name }) => name === comparedBy);
  return { score, next: columns.find((column) => column !== score) };
}

/** Mean and deviation: `87.3 +- 0.4` of shares, in percent. */
export function spreadText(spread: MeanStd | null, { as }: Pick<FigureColumn, "as">): string {
  if (spread === null) return "-";
  const scale = as === "percent" ? 100 : 1;
  const { mean, std } = spread;
  return `${(scale * mean).toFixed(1)}${std === null ? "" : ` +- ${(scale * std).toFixed(1)}`}`;
}
