/** What the command line shows of results, and of the figures of one checkpoint. Pure. */
import { printable } from "../../../lib/base/printable.ts";
import type { Evaluation } from "../../../lib/records/metrics.ts";
import type { Prediction } from "../../../lib/records/predictions.ts";
import type { Results } from "../../../lib/records/results.ts";
import { textTable } from "./table.ts";
import { figureText, numbers } from "../tables/figure_cells.ts";
import { resultsTable } from "../tables/results_table.ts";
import { statesTable } from "../tables/states_table.ts";
import { summaryTable } from "../tables/summary_table.ts";
import { count, missingLines, percent } from "./wording.ts";
import { chanceText, dataLines, madeText, stopLines } from "./data_lines.ts";
import { verdictLines } from "./verdict_lines.ts";
import { intervalWords } from "./interval_words.ts";
import { alignmentText, areSequences } from "./alignment.ts";

/** Examples that are shown in full; the files have more. */
const SHOWN = 3;

/** @param width Of the terminal, in characters. */
export function shownResults(results: Results, width: number): string {
  const { rows, missing, summary, told, example, examples } = results;
  const leftOut = rows.filter((row) => row.leftOut > 0).map(({ run, leftOut }) =>
    `${printable(run)}: ${
      count(leftOut, example, examples)
    } of the test split left out, with fewer frames than labels take.`
  );
  const verdicts = verdictLines(results);
  const states = statesTable(results);
  return [
    resultsTable(results),
    aboutText(results),
    ...(missing.length > 0
      ? [
        `${count(missing.length, "run")} failed and ${
          missing.length === 1 ? "is" : "are"
        } not in the table.\n${missingLines(missing).join("\n")}`,
      ]
      : []),
    ...leftOut,
    ...stopLines(results).map((line) => `${line}.`),
    ...(summary.length > 0 ? [`Over seeds, rates in percent:\n${summaryTable(results)}`] : []),
    ...(states === undefined ? [] : [`Best and last epoch, rates in percent:\n${states}`]),
    ...(verdicts.length > 0 ? [verdicts.join("\n")] : []),
    ...(areSequences(told.examples)
      ? [`What ${printable(told.run)} hears:\n${alignments(told.examples, width)}`]
      : []),
  ].join("\n\n");
}

/** What figures are to be held against, and what they are of. */
function aboutText(results: Results): string {
  const { rows, example, examples, interval } = results;
  const tested = count(rows[0]!.tested, example, examples);
  const chance = chanceText(results);
  const made = madeText(results);
  return [
    `Tested on ${tested}${chance === undefined ? "" : ` of ${chance}`}. The bounds are ${interval}.`,
    ...dataLines(results).map((line) => `${line}.`),
    ...(made === "" ? [] : [`${made}.`]),
  ].join("\n");
}

/** @param what Begins the text. */
export function shownEvaluation(what: string, evaluation: Evaluation, width: number): string {
  const { checkpoint, columns, told, example, examples } = evaluation;
  if (checkpoint === null) return `${what}: no ${examples}.`;
  const { score, values } = checkpoint;
  const known = columns.flatMap((column, i) => {
    const value = values[i] ?? null;
    return value === null ? [] : [{ title: column.title, text: figureText(value, column, 2) }];
  });
  const interval = { title: "95 % interval", text: `${percent(score.low)} to ${percent(score.high)}` };
  const shown = known.toSpliced(1, 0, interval); // the first is the score
  const table = textTable(shown.map(({ title }) => numbers(title)), [shown.map(({ text }) => text)]);
  return [
    `${what}: ${count(evaluation.count, example, examples)}.`,
    table,
    `The bounds are ${intervalWords([score], examples, evaluation.split)}.`,
    ...(areSequences(told) ? [alignments(told, width)] : []),
  ].join("\n\n");
}

function alignments(examples: readonly Prediction[], width: number): string {
  return examples.slice(0, SHOWN).map((example) => alignmentText(example, width)).join("\n");
}
