/** Stage `aggregate`: the records of all runs as tables, in JSON, CSV and Markdown. */
import { z } from "zod";
import { printableValues } from "../../lib/base/printable.ts";
import { conditionKey, conditionSchema } from "../../lib/records/condition.ts";
import { type SplitFacts, splitFacts } from "../../lib/data/split_facts.ts";
import { parseIndex } from "../../lib/records/example_index.ts";
import { parseHistory } from "../../lib/records/history.ts";
import { parseMetrics } from "../../lib/records/metrics.ts";
import { parsePredictions } from "../../lib/records/predictions.ts";
import { missingSchema, resultsText, runSchema } from "../../lib/records/results.ts";
import { defineStage, type StageIo } from "../engine/stage.ts";
import type { InputOrigin } from "../engine/types.ts";
import { compareRuns } from "../report/statistics/comparison.ts";
import { outcomesOf } from "../report/statistics/outcomes.ts";
import { resultsCsv, resultsMarkdown } from "../report/tables/results_table.ts";
import { statesMarkdown } from "../report/tables/states_table.ts";
import { summaryCsv, summaryMarkdown } from "../report/tables/summary_table.ts";
import { alignmentText, areSequences } from "../report/text/alignment.ts";

/**
 * Reads inputs `metrics:<run>`, `predictions:<run>` and `history:<run>` for every run, all of one task, the first two of
 * `<run>@<condition>`, and indices of splits; writes `results.json`, `.csv` and `.md`, and `summary.csv` if runs differ only in their seed.
 */
const slice = z.strictObject({
  title: z.string(),
  runs: z.array(runSchema).min(1),
  /** Under which runs were tested besides. */
  conditions: z.array(conditionSchema),
  /** What is said of runs that failed. */
  missing: z.array(missingSchema),
  /** What they were trained and tested on, and the inputs with the index of each split. */
  data: z.array(z.strictObject({ name: z.string(), synthetic: z.boolean(), indices: z.array(z.string()) })),
  /** As it would be typed again. */
  command: z.string().nullable(),
});

/** Characters in a line of an alignment in Markdown. */
const WIDTH = 100;

export const stage = defineStage({
  slice,
  run(io, { title, runs, conditions, missing, data, command }) {
    const metricsOf = (name: string) => {
      const path = io.input(`metrics:${name}`);
      return parseMetrics(Deno.readTextFileSync(path), path);
    };
    const outcomesIn = (name: string) => {
      const path = io.input(`predictions:${name}`);
      return outcomesOf(parsePredictions(Deno.readTextFileSync(path), path));
    };
    const results = compareRuns(
      title,
      runs.map((description) => {
        const { run } = description;
        const historyPath = io.input(`history:${run}`);
        const { stopped } = parseHistory(Deno.readTextFileSync(historyPath), historyPath);
        const under = conditions.map((condition) => `${run}@${conditionKey(condition)}`)
          .map((name) => `metrics:${name}` in io.inputs ? name : undefined);
        return {
          description,
          metrics: metricsOf(run),
          outcomes: outcomesIn(run),
          under: under.map((name) => name === undefined ? undefined : metricsOf(name)),
          outcomesUnder: under.map((name) => name === undefined ? undefined : outcomesIn(name)),
          trainSeconds: io.origins[`history:${description.run}`]?.seconds ?? 0,
          ...(stopped && { stopped }),
        };
      }),
      missing,
      conditions,
      {
        data: data.map(({ indices, ...set }) => ({
          ...set,
          splits: indices.map((name) => factsIn(io.input(name))),
        })),
        made: { command, ...madeBy(io) },
      },
    );
    const shown = printableValues(results);
    const { summary, told } = shown;
    const write = (name: string, text: string) => Deno.writeTextFileSync(io.output(name), text);
    const alignments = told.examples.map((example) => alignmentText(example, WIDTH)).join("\n\n");
    write("results.json", resultsText(results));
    write("results.csv", resultsCsv(shown));
    write(
      "results.md",
      [
        resultsMarkdown(shown),
        ...(summary.length > 0 ? [summaryMarkdown(shown)] : []),
        ...[statesMarkdown(shown)].filter((text) => text !== ""),
        ...(areSequences(told.examples)
          ? [`## What ${told.run} hears\n\n\`\`\`text\n${alignments}\n\`\`\`\n`]
          : []),
      ].join("\n"),
    );
    if (summary.length > 0) write("summary.csv", summaryCsv(shown));
  },
});

function factsIn(path: string): SplitFacts {
  return splitFacts(parseIndex(Deno.readTextFileSync(path), path));
}

/** When and with what the figures were found. */
function madeBy({ origins }: Pick<StageIo, "origins">) {
  const evaluations = Object.entries(origins).filter(([name]) => name.startsWith("metrics:"))
    .map(([, origin]) => origin);
  const distinct = (of: (origin: InputOrigin) => string) => [...new Set(evaluations.map(of))].sort();
  return {
    date: distinct(({ startedAt }) => startedAt.slice(0, 10)).at(-1) ?? null,
    deno: distinct(({ deno }) => deno),
    code: distinct(({ code }) => code.slice(0, 8)),
  };
}

if (import.meta.main) await stage.serve();
