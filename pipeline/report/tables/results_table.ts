/** Runs side by side as text, Markdown and CSV. Pure. */
import { stringify } from "@std/csv/stringify";
import { conditionKey, conditionTitle } from "../../../lib/records/condition.ts";
import type { ResultRow, Results } from "../../../lib/records/results.ts";
import { type Column, markdownTable, textTable } from "../text/table.ts";
import { chanceText, dataLines, madeText, stopLines } from "../text/data_lines.ts";
import { verdictLines } from "../text/verdict_lines.ts";
import { duration, missingLines, percent } from "../text/wording.ts";
import { describedRecord, RUN_COLUMNS, runCells } from "./described_columns.ts";
import { gainFields, gainText } from "./gain_cells.ts";
import { figureText, numbers, shownColumns } from "./figure_cells.ts";

type Compared = Omit<Results, "format">;

export function resultsTable(results: Compared): string {
  return textTable(columnsOf(results), results.rows.map((row) => cells(row, results)));
}

export function resultsMarkdown(results: Compared): string {
  const { score } = shownColumns(results);
  const note =
    `Figures are of ${stateText(results)}, on the test split${
      conditionsText(results)
    }; "last epoch" is the ${score.title} of ` +
    `the last state. The bounds are ${results.interval}; "vs A" is the difference to the run that differs only in having ` +
    `setting A, in percentage points, with its own interval${
      score.lowerIsBetter ? ": below 0 is better" : ""
    }. Bounds of two runs may overlap although their difference is beyond chance.`;
  const table = markdownTable(columnsOf(results), results.rows.map((row) => cells(row, results)));
  const failed = missingLines(results.missing).map((line) => `- ${line}\n`);
  const missing = failed.length === 0 ? "" : `\nFailed, and not in the table:\n\n${failed.join("")}`;
  const facts = listOf([
    ...chanceLines(results),
    ...dataLines(results),
    ...stopLines(results),
    madeText(results),
  ]);
  const verdicts = listOf(verdictLines(results));
  return `# ${results.title}\n\n${facts}${table}\n\n${note}\n\n${verdicts}${missing}`;
}

/** As Markdown. */
function listOf(lines: readonly string[]): string {
  const told = lines.flatMap((line) => line.split("\n")).filter((line) => line !== "");
  return told.length === 0 ? "" : `${told.map((line) => `- ${line}\n`).join("")}\n`;
}

function chanceLines(results: Compared): string[] {
  const text = chanceText(results);
  return text === undefined ? [] : [text];
}

function conditionsText({ conditions }: Compared): string {
  return conditions.length === 0
    ? ""
    : `, of its recordings as they are and under ${conditions.map(conditionTitle).join("; ")}`;
}

/** Whose figures count, in words. */
function stateText({ rows }: Compared): string {
  const [best, last] = ["the best checkpoint of its training", "the last checkpoint"];
  if (rows.every(({ state }) => state === "best")) return best;
  return rows.every(({ state }) => state === "last")
    ? last
    : `${best} or, where trainer.test=last, of ${last}`;
}

/** All figures unrounded; one column for each other value that the sweep varied. */
export function resultsCsv({ rows, columns, comparedBy, conditions }: Compared): string {
  const figures = (values: ResultRow["best"]["values"], prefix = "") =>
    Object.fromEntries(columns.map(({ name }, i) => [prefix + name, values[i] ?? null]));
  const records = rows.map((row) => ({
    run: row.run,
    ...describedRecord(row, rows),
    trained_parameters: row.trainedParameters,
    tested: row.tested,
    left_out: row.leftOut,
    ...figures(row[row.state].values),
    [`${comparedBy}_low`]: row.score.low,
    [`${comparedBy}_high`]: row.score.high,
    interval_method: row.score.method,
    interval_speakers: row.score.speakers,
    ...gainFields(row.gainOverA),
    ...Object.assign(
      {},
      ...conditions.map((condition, i) => {
        const [key, under] = [conditionKey(condition), row.conditions[i]];
        return {
          [`${comparedBy}_${key}`]: under?.score.value ?? null,
          [`${comparedBy}_${key}_low`]: under?.score.low ?? null,
          [`${comparedBy}_${key}_high`]: under?.score.high ?? null,
          ...gainFields(under?.gainOverA ?? null, `_${key}`),
        };
      }),
    ),
    tested_state: row.state,
    best_epoch: row.best.epoch,
    ...figures(row.last.values, "last_"),
    train_seconds: row.trainSeconds,
  }));
  return stringify(records, { columns: Object.keys(records[0] ?? {}), crlf: true });
}

function columnsOf(results: Compared): Column[] {
  const { score, next } = shownColumns(results);
  return [
    ...RUN_COLUMNS,
    numbers(score.title),
    { title: "95 % interval" },
    numbers("vs A"),
    ...results.conditions.flatMap((condition) => [numbers(conditionTitle(condition)), numbers("vs A")]),
    ...(next === undefined ? [] : [numbers(next.title)]),
    numbers("last epoch"),
    numbers("training"),
  ];
}

function cells(row: ResultRow, results: Compared): string[] {
  const { score, next } = shownColumns(results);
  return [
    ...runCells(row),
    figureText(row.score.value, score),
    `${percent(row.score.low)} to ${percent(row.score.high)}`,
    gainText(row.gainOverA),
    ...row.conditions.flatMap((under) => [
      figureText(under?.score.value ?? null, score),
      gainText(under?.gainOverA ?? null),
    ]),
    ...(next === undefined ? [] : [figureText(row[row.state].values[results.columns.indexOf(next)]!, next)]),
    figureText(row.lastScore, score),
    duration(row.trainSeconds),
  ];
}
