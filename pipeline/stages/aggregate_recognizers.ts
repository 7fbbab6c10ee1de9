/** Stage `aggregate` of recognisers: the records of all runs as tables, in JSON, CSV and Markdown. */
import { serveStage, type StageIo } from "../engine/stage.ts";
import {
  compareRecognizers,
  headlineRate,
  type RecognitionRow,
  type RecognizerFigures,
  type RecognizerRun,
  type ShownAlignment,
} from "../report/recognition_results.ts";
import {
  type RecognitionSummary,
  recognitionSummaryCsv,
  recognitionSummaryMarkdown,
  summarizeRecognizers,
} from "../report/recognition_summary.ts";
import { alignmentText, recognitionCsv, recognitionMarkdown } from "../report/recognition_table.ts";
import type { RunDescription } from "../report/results.ts";
import type { AggregateSlice } from "./aggregate_keywords.ts";
import type { RecognizerCheckpointMetrics, RecognizerMetrics } from "./evaluate_recognizer.ts";

/** What `results.json` holds. */
export interface RecognitionResults {
  readonly task: "asr";
  readonly title: string;
  readonly rows: readonly RecognitionRow[];
  readonly summary: readonly RecognitionSummary[];
  /** A few utterances as the run with the lowest error rate hears them. */
  readonly heard: { readonly run: string; readonly examples: readonly ShownAlignment[] };
}

/** Characters in a line of an alignment in Markdown. */
const WIDTH = 100;

/** Reads inputs `metrics:<run>` and `history:<run>` for every run; writes `results.json`, `.csv` and `.md`, and `summary.csv` if runs differ only in their seed. */
export async function run(io: StageIo): Promise<void> {
  const { title, runs } = io.slice as unknown as AggregateSlice;
  const metrics = new Map(runs.map(({ run }) => [run, metricsOf(io, run)]));
  const rows = compareRecognizers(
    runs.map((description) => figuresOf(io, description, metrics.get(description.run)!)),
  );
  const summary = summarizeRecognizers(rows);
  const best = rows.reduce((a, b) => headlineRate(b.best) < headlineRate(a.best) ? b : a);
  const heard = { run: best.run, examples: metrics.get(best.run)!.examples };
  const results: RecognitionResults = { task: "asr", title, rows, summary, heard };
  const write = (name: string, text: string) => Deno.writeTextFile(io.output(name), text);
  await write("results.json", `${JSON.stringify(results, null, 2)}\n`);
  await write("results.csv", recognitionCsv(rows));
  const repeated = summary.length > 0;
  const shown = heard.examples.map((example) => alignmentText(example, WIDTH)).join("\n\n");
  await write(
    "results.md",
    `${recognitionMarkdown(title, rows)}${repeated ? `\n${recognitionSummaryMarkdown(summary)}` : ""}\n` +
      `## What ${heard.run} hears\n\n\`\`\`text\n${shown}\n\`\`\`\n`,
  );
  if (repeated) await write("summary.csv", recognitionSummaryCsv(summary));
}

function metricsOf(io: StageIo, run: string): RecognizerMetrics {
  return JSON.parse(Deno.readTextFileSync(io.input(`metrics:${run}`))) as RecognizerMetrics;
}

function figuresOf(io: StageIo, description: RunDescription, metrics: RecognizerMetrics): RecognizerRun {
  const { checkpoints, trained_parameters, left_out } = metrics;
  return {
    ...description,
    trained_parameters,
    test_utterances: checkpoints.best.figures.utterances,
    left_out: left_out.length,
    best: checkpointFigures(checkpoints.best),
    last: checkpointFigures(checkpoints.last),
    train_seconds: io.origins[`history:${description.run}`]?.seconds ?? 0,
  };
}

function checkpointFigures({ epoch, figures }: RecognizerCheckpointMetrics): RecognizerFigures {
  const { errors, folded, loss, compat } = figures;
  return { epoch, errors, folded, loss, utterance_average: compat.utterance_average };
}

if (import.meta.main) await serveStage(run);
