/** What is shown of a comparison: its table, and what to try next. Pure. */
import type { Sweep } from "../../config/sweep.ts";
import { type ShownRecognition, shownRecognition } from "../../report/recognition_shown.ts";
import { resultsText } from "../../report/results_table.ts";
import type { ResultRow } from "../../report/results.ts";
import type { SummaryRow } from "../../report/summary.ts";
import { summaryText } from "../../report/summary_table.ts";
import { DEFAULT_TASK } from "./tasks.ts";

type Results = ({ readonly task: "asr" } & ShownRecognition) | {
  readonly task?: undefined;
  readonly rows: readonly ResultRow[];
  readonly summary: readonly SummaryRow[];
};

/** @param results Of `results.json`. @param width Columns of the terminal. */
export function shownResults(results: Results, width: number): string {
  if (results.task === "asr") return shownRecognition(results, width);
  const { rows, summary } = results;
  return [
    resultsText(rows),
    ...(summary.length > 0 ? [`Over seeds, in percent:\n${summaryText(summary)}`] : []),
  ].join("\n\n");
}

/** Command lines that go further than this one. */
export function nextStep({ points, axes }: Sweep): string {
  const { task } = points[0]!.config;
  const named = task === DEFAULT_TASK ? "" : ` --task ${task}`;
  const bands = `deno task sweep${named} --n-mels 10,20,30,40`;
  return axes.includes("frontend.n_mels")
    ? `${bands} --setting A,D --seed 0,1,2`
    : `${bands}, or deno task ${task} model=bc_resnet setting=A`;
}
