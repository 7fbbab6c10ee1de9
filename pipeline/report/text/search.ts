/** What a search tried as a table, and as CSV. Pure. */
import { stringify } from "@std/csv/stringify";
import type { SearchRecord } from "../../../lib/records/search.ts";
import { type Column, textTable } from "./table.ts";
import { count, figure, percent, valueText } from "./wording.ts";

type Trial = SearchRecord["trials"][number];

/** More rows are in the file. */
const MOST_ROWS = 40;

/** The best first: those that came further, of these the better; then those without a score. */
export function orderedTrials({ trials, objective }: Pick<SearchRecord, "trials" | "objective">): Trial[] {
  const sign = objective.lowerIsBetter ? 1 : -1;
  return trials.toSorted((a, b) => {
    const [last, other] = [a.scores.at(-1), b.scores.at(-1)];
    if (last === undefined || other === undefined) {
      return Number(last === undefined) - Number(other === undefined) || a.number - b.number;
    }
    return Number(a.failure !== null) - Number(b.failure !== null) || other.epochs - last.epochs ||
      sign * (last.score - other.score) || a.number - b.number;
  });
}

export function shownSearch(record: SearchRecord): string[] {
  const { objective, space, rungs, trials } = record;
  const shown = (score: number) => objective.as === "percent" ? percent(score) : figure(score);
  const keys = shortKeys(space.map(({ key }) => key));
  const ordered = orderedTrials(record);
  const rows = ordered.slice(0, MOST_ROWS).map(({ number, values, scores, failure }) => [
    String(number),
    ...values.map(valueText),
    ...rungs.map((rung) => {
      const found = scores.find(({ epochs }) => epochs === rung);
      return found === undefined ? "" : shown(found.score);
    }),
    failure === null ? "" : firstSentence(failure),
  ]);
  const failed = trials.some(({ failure }) => failure !== null);
  const numbers = ["trial", ...keys, ...rungs.map((rung) => count(rung, "epoch"))];
  const columns: Column[] = [
    ...numbers.map((title): Column => ({ title, align: "right" })),
    ...(failed ? [{ title: "failed" }] : []),
  ];
  const more = ordered.length - rows.length;
  return [
    `${objective.title} after so many epochs, ${
      objective.lowerIsBetter ? "lower" : "higher"
    } is better; the best first:`,
    ...textTable(columns, rows.map((row) => row.slice(0, columns.length))).split("\n"),
    ...(more > 0 ? [`and ${count(more, "trial")} more in trials.csv`] : []),
    "",
    spentText(record),
    ...bestLines(record, shown),
  ];
}

/** All trials in the order in which they were begun, unrounded. */
export function searchCsv({ space, rungs, trials }: SearchRecord): string {
  const records = trials.map(({ number, values, scores, run, failure }) => ({
    trial: number,
    ...Object.fromEntries(space.map(({ key }, i) => [key, valueText(values[i]!)])),
    ...Object.fromEntries(
      rungs.map((rung) => [`epoch_${rung}`, scores.find(({ epochs }) => epochs === rung)?.score ?? null]),
    ),
    run,
    failure,
  }));
  return stringify(records, { columns: Object.keys(records[0] ?? {}), crlf: true });
}

const ENDED = {
  complete: "nothing more was to be promoted",
  budget: "the budget has no room for more",
  space: "there is no other configuration",
  stopped: "it was stopped",
};

function spentText({ trials, spent, budget, rungs, ended }: SearchRecord): string {
  const whole = trials.length * rungs.at(-1)!;
  const of = budget === null ? "" : ` of at most ${budget.toLocaleString("en")}`;
  return `${count(trials.length, "trial")}, ${count(spent, "epoch")}${of}: ${percent(spent / whole)} of the ${
    whole.toLocaleString("en")
  } that all of them to the end would take; ${ENDED[ended]}.`;
}

function bestLines(
  { best, trials, command, objective, rungs }: SearchRecord,
  shown: (score: number) => string,
) {
  const trial = trials.find(({ number }) => number === best);
  if (trial === undefined || command === null) return ["No trial has a score."];
  const { epochs, score } = trial.scores.at(-1)!;
  const choice = objective.ofTest
    ? "It was chosen by the test split, which does not say any more how well it does on other examples."
    : `A score that was the best of many is better than it should be: the test, and other seeds, say how good it is.`;
  return [
    `The best is trial ${best}: ${objective.title} ${shown(score)} after ${epochs} of ${
      count(rungs.at(-1)!, "epoch")
    }. ${choice}`,
    `Run it: ${command}`,
    // Where no seed is among the values, as then it is one of the things that were searched over.
    ...(/ seed=/.test(command) ? [] : [`With other seeds: ${command} seed=1,2,3`]),
  ];
}

/** The last parts of dotted keys, as many as tell each from the others. */
export function shortKeys(keys: readonly string[]): string[] {
  return keys.map((key) => {
    const parts = key.split(".");
    for (let first = parts.length - 1; first > 0; first--) {
      const short = parts.slice(first).join(".");
      if (!keys.some((other) => other !== key && `.${other}`.endsWith(`.${short}`))) return short;
    }
    return key;
  });
}

function firstSentence(text: string): string {
  return /^.*?[.:](?=\s|$)/s.exec(text)?.[0].replace(/:$/, ".") ?? text;
}
