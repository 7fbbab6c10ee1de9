/** Stage `aggregate`: the records of all runs as tables, in JSON, CSV and Markdown. */
import { z } from "zod";
import { printableValues } from "../../lib/base/printable.ts";
import { conditionKey, conditionSchema } from "../../lib/records/condition.ts";
import { parseMetrics } from "../../lib/records/metrics.ts";
import { missingSchema, resultsText, runSchema } from "../../lib/records/results.ts";
import { defineStage } from "../engine/stage.ts";
import { compareRuns } from "../report/statistics/comparison.ts";
import { resultsCsv, resultsMarkdown } from "../report/tables/results_table.ts";
import { summaryCsv, summaryMarkdown } from "../report/tables/summary_table.ts";
import { alignmentText, areSequences } from "../report/text/alignment.ts";

/**
 * Reads inputs `metrics:<run>` and `history:<run>` for every run, all of one task, and `metrics:<run>@<condition>`; writes `results.json`, `.csv` and
 * `.md`, and `summary.csv` if runs differ only in their seed.
 */
const slice = z.strictObject({
  title: z.string(),
  runs: z.array(runSchema).min(1),
  /** Under which runs were tested besides. */
  conditions: z.array(conditionSchema),
  /** What is said of runs that failed. */
  missing: z.array(missingSchema),
});

/** Characters in a line of an alignment in Markdown. */
const WIDTH = 100;

export const stage = defineStage({
  slice,
  run(io, { title, runs, conditions, missing }) {
    const metricsOf = (name: string) => {
      const path = io.input(`metrics:${name}`);
      return parseMetrics(Deno.readTextFileSync(path), path);
    };
    const results = compareRuns(
      title,
      runs.map((description) => {
        const { run } = description;
        return {
          description,
          metrics: metricsOf(run),
          under: conditions.map((condition) => `${run}@${conditionKey(condition)}`)
            .map((name) => `metrics:${name}` in io.inputs ? metricsOf(name) : undefined),
          trainSeconds: io.origins[`history:${description.run}`]?.seconds ?? 0,
        };
      }),
      missing,
      conditions,
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
        ...(areSequences(told.examples)
          ? [`## What ${told.run} hears\n\n\`\`\`text\n${alignments}\n\`\`\`\n`]
          : []),
      ].join("\n"),
    );
    if (summary.length > 0) write("summary.csv", summaryCsv(shown));
  },
});

if (import.meta.main) await stage.serve();
