/** Inputs of the `report` stage of recognisers, counted from random sequences as the real stages count. */
import { Rng } from "../../lib/base/random.ts";
import {
  alignedExample,
  countRecognized,
  recognitionFigures,
  type Recognized,
  startRecognition,
} from "../../lib/metrics/recognition.ts";
import { FOLDED_PHONES, foldingOf, TIMIT_PHONES } from "../../lib/phones/timit.ts";
import { compareRecognizers } from "../../pipeline/report/recognition_results.ts";
import { type Axes, type ReportInputs, writeReportInputs } from "./report_inputs.ts";

const CLASSES = ["_blank_", ...TIMIT_PHONES];

/** Writes everything into `folder`. */
export function writeRecognitionInputs(folder: string, axes: Axes): ReportInputs {
  const written = writeReportInputs(folder, axes);
  const write = (name: string, value: unknown) =>
    Deno.writeTextFileSync(written.inputs[name]!, JSON.stringify(value));
  const runs = written.slice.runs.map((run) => {
    const rng = Rng.fromSeed(`recognition ${run.run}`);
    const counts = startRecognition(CLASSES, { labels: FOLDED_PHONES, of: foldingOf(CLASSES)! });
    const utterances = Array.from({ length: 40 }, () => utterance(rng, run.setting === "A" ? 0.4 : 0.3));
    countRecognized(counts, utterances);
    const figures = recognitionFigures(counts, rng.fork("bootstrap"));
    const examples = utterances.slice(0, 3).map((u, i) => alignedExample(`speaker${i}/sentence`, u, CLASSES));
    const checkpoint = { epoch: 3, figures };
    write(`metrics:${run.run}`, { checkpoints: { best: checkpoint, last: checkpoint }, examples });
    const { errors, folded, loss } = figures;
    const best = { epoch: 3, errors, folded, loss, utterance_average: errors.rate };
    const row = { ...run, trained_parameters: 9, test_utterances: 40, left_out: 0, best, last: best };
    return { row: { ...row, train_seconds: 30 }, examples };
  });
  const heard = { run: runs[0]!.row.run, examples: runs[0]!.examples };
  write("results", { rows: compareRecognizers(runs.map(({ row }) => row)), heard });
  return { ...written, slice: { ...written.slice, task: "asr", title: "Phoneme recognition: a sweep" } };
}

/** A sentence of which a share is misheard, left out, or heard twice. */
function utterance(rng: Rng, wrong: number): Recognized {
  const reference = Array.from({ length: 30 }, () => 1 + rng.integer(CLASSES.length - 1));
  const hypothesis = reference.flatMap((label) => {
    if (rng.uniform() > wrong) return [label];
    const other = 1 + ((label + rng.integer(3)) % (CLASSES.length - 1));
    return [[], [other], [label, other]][rng.integer(3)]!;
  });
  return { reference, hypothesis, loss: 1 + rng.uniform() };
}
