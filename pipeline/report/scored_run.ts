/** What a report compares, whatever the task. Pure. */
import { type Interval, rateInterval } from "./intervals.ts";
import { headlineRate, type RecognitionRow } from "./recognition_results.ts";
import type { ResultRow, RunDescription } from "./results.ts";
import { percent } from "./wording.ts";

/** The score that runs are compared by. */
export interface Measure {
  /** `accuracy` */
  readonly name: string;
  readonly lowerIsBetter: boolean;
  /** What is counted: `test clip`. */
  readonly unit: string;
  /** What single intervals are: `95 % intervals over the test clips`. */
  readonly interval: string;
}

export interface ScoredRun extends RunDescription {
  /** In [0, 1] (error rates may exceed 1), with a 95 % interval over what it was tested on. */
  readonly score: Interval;
  /** How many clips or utterances it was tested on. */
  readonly tests: number;
  readonly trained_parameters: number;
  readonly train_seconds: number;
  /** What else there is to tell, in the same order for all runs. */
  readonly details: readonly Detail[];
}

export interface Detail {
  readonly title: string;
  readonly text: string;
  /** What rows are sorted by. */
  readonly value: number;
}

export const ACCURACY: Measure = {
  name: "accuracy",
  lowerIsBetter: false,
  unit: "test clip",
  interval: "95 % intervals over the test clips",
};

/** @param folded Whether TIMIT's phones were folded to 39 before errors were counted. */
export function errorRate(folded: boolean): Measure {
  return {
    name: folded ? "phone error rate (39 phones)" : "error rate",
    lowerIsBetter: true,
    unit: "test utterance",
    interval: "95 % bootstrap intervals over the test utterances",
  };
}

export function scoredClassifier(row: ResultRow): ScoredRun {
  const { best, last, test_clips } = row;
  return {
    ...described(row),
    score: rateInterval(best.accuracy, test_clips),
    tests: test_clips,
    details: [
      rate("macro F1", best.f1_macro),
      { title: "cross entropy (nats)", text: best.cross_entropy.toFixed(3), value: best.cross_entropy },
      whole("best epoch", best.epoch),
      rate("last epoch's accuracy", last.accuracy),
    ],
  };
}

export function scoredRecognizer(row: RecognitionRow): ScoredRun {
  const { best, last, test_utterances } = row;
  const { low, high, substitutions, insertions, deletions } = best.folded ?? best.errors;
  return {
    ...described(row),
    score: { value: headlineRate(best), low, high },
    tests: test_utterances,
    details: [
      whole("substitutions", substitutions),
      whole("insertions", insertions),
      whole("deletions", deletions),
      ...(best.folded === null ? [] : [rate("of all phones", best.errors.rate)]),
      { title: "loss per label (nats)", text: best.loss.toFixed(3), value: best.loss },
      whole("best epoch", best.epoch),
      rate("last epoch's error rate", headlineRate(last)),
    ],
  };
}

function described(row: ResultRow | RecognitionRow) {
  const { run, setting, frontend, model, n_mels, seed, other, trained_parameters, train_seconds } = row;
  return { run, setting, frontend, model, n_mels, seed, other, trained_parameters, train_seconds };
}

function rate(title: string, value: number): Detail {
  return { title, text: percent(value), value };
}

function whole(title: string, value: number): Detail {
  return { title, text: value.toLocaleString("en"), value };
}
