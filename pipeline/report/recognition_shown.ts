/** What the command line shows of recognisers' results. Pure. */
import { alignmentText, recognitionText } from "./recognition_table.ts";
import type { ErrorRate, RecognitionRow, ShownAlignment } from "./recognition_results.ts";
import { type RecognitionSummary, recognitionSummaryText } from "./recognition_summary.ts";
import { textTable } from "./table.ts";
import { count, percent } from "./wording.ts";

export interface ShownRecognition {
  readonly rows: readonly RecognitionRow[];
  readonly summary: readonly RecognitionSummary[];
  readonly heard: { readonly run: string; readonly examples: readonly ShownAlignment[] };
}

export interface ShownFigures {
  readonly utterances: number;
  readonly errors: ErrorRate;
  readonly folded: ErrorRate | null;
  readonly loss: number;
  readonly compat: { readonly utterance_average: number };
}

/** Utterances that are shown in full; the files have more. */
const SHOWN = 3;

/** @param width Of the terminal, in characters. */
export function shownRecognition({ rows, summary, heard }: ShownRecognition, width: number): string {
  const leftOut = rows.filter(({ left_out }) => left_out > 0).map(({ run, left_out }) =>
    `${run}: ${count(left_out, "utterance")} of the test split left out, with fewer frames than labels take.`
  );
  return [
    recognitionText(rows),
    ...leftOut,
    ...(summary.length > 0 ? [`Over seeds, in percent:\n${recognitionSummaryText(summary)}`] : []),
    `What ${heard.run} hears:\n${alignments(heard.examples, width)}`,
  ].join("\n\n");
}

/** Figures of one checkpoint. */
export function shownFigures(
  what: string,
  { utterances, errors, folded, loss, compat }: ShownFigures,
  examples: readonly ShownAlignment[],
  width: number,
): string {
  const right = { align: "right" } as const;
  const titles = [
    "error rate",
    "95 % interval",
    "of 39 phones",
    "sub.",
    "ins.",
    "del.",
    "CTC loss",
    "utterance average",
  ];
  const cells = [
    percent(errors.rate),
    `${percent(errors.low)} to ${percent(errors.high)}`,
    folded === null ? "-" : percent(folded.rate),
    ...[errors.substitutions, errors.insertions, errors.deletions].map(String),
    loss.toFixed(4),
    percent(compat.utterance_average),
  ];
  return `${what}: ${count(utterances, "utterance")}, ${count(errors.reference, "label")}.\n\n${
    textTable(titles.map((title) => ({ title, ...right })), [cells])
  }\n\n${alignments(examples, width)}`;
}

function alignments(examples: readonly ShownAlignment[], width: number): string {
  return examples.slice(0, SHOWN).map((example) => alignmentText(example, width)).join("\n");
}
