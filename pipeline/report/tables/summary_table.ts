/** Configurations over their seeds as text, Markdown and CSV. Pure. */
import { stringify } from "@std/csv/stringify";
import { conditionKey, conditionTitle } from "../../../lib/records/condition.ts";
import type { GainInterval, MeanStd, Results } from "../../../lib/records/results.ts";
import { type Column, markdownTable, textTable } from "../text/table.ts";
import { CONFIGURATION_COLUMNS, configurationCells, describedRecord } from "./described_columns.ts";
import { numbers, shownColumns, spreadText } from "./figure_cells.ts";
import { gainFields, gainText } from "./gain_cells.ts";
import { percent } from "../text/wording.ts";

type Compared = Omit<Results, "format">;

/** @param results With a summary. */
export function summaryTable(results: Compared): string {
  return textTable(...shown(results));
}

export function summaryMarkdown(results: Compared): string {
  const { score } = shownColumns(results);
  const note =
    `Mean and sample standard deviation over the seeds, of rates in percent; 95 % intervals are of the mean, over seeds and ` +
    `over what they were tested on. "vs A" is the difference in ${score.title} to the run with the same seed and setting A, ` +
    `in percentage points, over the seeds that both have (pairs)${
      score.lowerIsBetter ? ": below 0 is better" : ""
    }.`;
  return `## Over seeds\n\n${markdownTable(...shown(results))}\n\n${note}\n`;
}

/** All figures unrounded; one column for each other value that the sweep varied. */
export function summaryCsv({ summary, columns, comparedBy, conditions }: Compared): string {
  const spread = (name: string, value: MeanStd | null) => ({
    [`${name}_mean`]: value?.mean ?? null,
    [`${name}_std`]: value?.std ?? null,
  });
  const records = summary.map((row) => ({
    ...describedRecord(row, summary),
    seeds: row.seeds.join(" "),
    ...Object.assign({}, ...columns.map(({ name }, i) => spread(name, row.values[i] ?? null))),
    [`${comparedBy}_low`]: row.interval.low,
    [`${comparedBy}_high`]: row.interval.high,
    ...spread(`last_${comparedBy}`, row.lastScore),
    ...spread("gain_over_a", row.gainOverA),
    ...boundsOf(row.gain),
    gain_over_a_pairs: row.gainOverA?.n ?? 0,
    ...Object.assign(
      {},
      ...conditions.map((condition, i) => {
        const [key, under] = [conditionKey(condition), row.conditions[i]];
        return {
          ...spread(`${comparedBy}_${key}`, under?.score ?? null),
          ...spread(`gain_over_a_${key}`, under?.gainOverA ?? null),
          ...boundsOf(under?.gain ?? null, `_${key}`),
        };
      }),
    ),
  }));
  return stringify(records, { columns: Object.keys(records[0] ?? {}), crlf: true });
}

/** Columns and cells, without a column in which no row has anything. */
function shown(results: Compared): [readonly Column[], readonly (readonly string[])[]] {
  const { score, next } = shownColumns(results);
  const columns = [
    ...CONFIGURATION_COLUMNS,
    numbers(score.title),
    { title: "95 % interval" },
    numbers("last epoch"),
    ...(next === undefined ? [] : [numbers(next.title)]),
    numbers("vs A"),
    numbers("pairs"),
    ...results.conditions.flatMap((condition) => [numbers(conditionTitle(condition)), numbers("vs A")]),
  ];
  const rows = results.summary.map((row) => [
    ...configurationCells(row),
    spreadText(row.score, score),
    `${percent(row.interval.low)} to ${percent(row.interval.high)}`,
    spreadText(row.lastScore, score),
    ...(next === undefined ? [] : [spreadText(row.values[results.columns.indexOf(next)] ?? null, next)]),
    gainText(row.gain),
    row.gainOverA === null ? "-" : String(row.gainOverA.n),
    ...row.conditions.flatMap((under) => [
      spreadText(under?.score ?? null, score),
      gainText(under?.gain ?? null),
    ]),
  ]);
  const kept = columns.map((_, i) => rows.some((row) => row[i] !== ""));
  return [columns.filter((_, i) => kept[i]), rows.map((row) => row.filter((_, i) => kept[i]))];
}

/** Beside mean and deviation. */
function boundsOf(gain: GainInterval | null, suffix = ""): Record<string, number | null> {
  const { [`gain_over_a${suffix}`]: _, ...bounds } = gainFields(gain, suffix);
  return bounds;
}
