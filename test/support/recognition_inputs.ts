/** Inputs of the `report` stage of recognisers, counted from random sequences as the real stages count. */
import { Rng } from "../../lib/base/random.ts";
import { countRecognized, type Recognized, startRecognition } from "../../lib/metrics/recognition.ts";
import { FOLDED_PHONES, foldingOf, TIMIT_PHONES } from "../../lib/phones/timit.ts";
import { measuredBy, type Metrics } from "../../lib/records/metrics.ts";
import { phonemeFigures } from "../../lib/tasks/asr/figures.ts";
import { kind } from "../../lib/tasks/asr/kind.ts";
import type { ReportRun } from "../../pipeline/report/page/report_data.ts";
import { type Axes, evaluationOf, type ReportInputs, writeReportInputs } from "./report_inputs.ts";

const CLASSES = ["_blank_", ...TIMIT_PHONES];

/** Writes everything into `folder`. */
export function writeRecognitionInputs(folder: string, axes: Axes): ReportInputs {
  return writeReportInputs(folder, axes, recognition);
}

function recognition(run: ReportRun, rng: Rng): Metrics {
  const counts = startRecognition(CLASSES, { labels: FOLDED_PHONES, of: foldingOf(CLASSES)! });
  const utterances = Array.from({ length: 40 }, () => utterance(rng, run.setting === "A" ? 0.4 : 0.3));
  countRecognized(counts, utterances);
  const named = (labels: ArrayLike<number>) => Array.from(labels, (label) => CLASSES[label]!);
  return {
    ...measuredBy("asr", kind),
    ...evaluationOf(run, phonemeFigures(counts), utterances.length),
    classes: CLASSES,
    count: utterances.length,
    told: utterances.slice(0, 3).map(({ reference, hypothesis }, i) => ({
      name: `speaker${i}/sentence`,
      labels: named(reference),
      told: named(hypothesis),
      posterior: null,
    })),
  };
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
