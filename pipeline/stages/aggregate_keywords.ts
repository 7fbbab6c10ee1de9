/** Stage `aggregate`: the records of all runs as tables, in JSON, CSV and Markdown. */
import type { Json } from "../../lib/base/json.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";
import { compareRuns, type RunDescription, type RunFigures } from "../report/results.ts";
import { resultsCsv, resultsMarkdown } from "../report/results_table.ts";
import { summarizeSeeds } from "../report/summary.ts";
import { summaryCsv, summaryMarkdown } from "../report/summary_table.ts";
import type { Metrics } from "./evaluate.ts";

/** Reads inputs `metrics:<run>` and `history:<run>` for every run; writes `results.json`, `.csv` and `.md`, and `summary.csv` if runs differ only in their seed. */
export interface AggregateSlice {
  readonly title: string;
  readonly runs: readonly RunDescription[];
}

export async function run(io: StageIo): Promise<void> {
  const { title, runs } = io.slice as unknown as AggregateSlice;
  const rows = compareRuns(
    runs.map((description) => ({ ...description, ...figuresOf(io, description.run) })),
  );
  const summary = summarizeSeeds(rows);
  const write = (name: string, text: string) => Deno.writeTextFile(io.output(name), text);
  await write("results.json", `${JSON.stringify({ title, rows, summary } as unknown as Json, null, 2)}\n`);
  await write("results.csv", resultsCsv(rows));
  const repeated = summary.length > 0;
  await write("results.md", resultsMarkdown(title, rows) + (repeated ? `\n${summaryMarkdown(summary)}` : ""));
  if (repeated) await write("summary.csv", summaryCsv(summary));
}

function figuresOf(io: StageIo, name: string): RunFigures {
  const metrics = JSON.parse(Deno.readTextFileSync(io.input(`metrics:${name}`))) as Metrics;
  const figures = (checkpoint: "best" | "last") => {
    const { epoch, figures: f } = metrics.checkpoints[checkpoint];
    return {
      epoch,
      accuracy: f.accuracy,
      cross_entropy: f.cross_entropy,
      f1_macro: f.f1.macro,
      f1_weighted: f.f1.weighted,
    };
  };
  return {
    trained_parameters: metrics.trained_parameters,
    test_clips: metrics.checkpoints.best.figures.clips,
    best: figures("best"),
    last: figures("last"),
    train_seconds: io.origins[`history:${name}`]?.seconds ?? 0,
  };
}

if (import.meta.main) await serveStage(run);
