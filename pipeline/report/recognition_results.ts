/** From the records of recognisers to rows that compare them. Pure. */
import type { RunDescription } from "./results.ts";

/** Errors relative to the length of what was said. */
export interface ErrorRate {
  readonly rate: number;
  /** 95 % bootstrap interval over utterances. */
  readonly low: number;
  readonly high: number;
  readonly substitutions: number;
  readonly insertions: number;
  readonly deletions: number;
  readonly reference: number;
}

/** Figures of one checkpoint on the test split. */
export interface RecognizerFigures {
  readonly epoch: number;
  readonly errors: ErrorRate;
  /** Of TIMIT's 61 phones folded to 39; null where labels are something else. */
  readonly folded: ErrorRate | null;
  /** Per label, in nats. */
  readonly loss: number;
  /** Mean of the batches' error rates, as the original code reports. */
  readonly utterance_average: number;
}

export interface RecognizerRun extends RunDescription {
  readonly trained_parameters: number;
  readonly test_utterances: number;
  /** Utterances of the test split that no path through their frames can spell. */
  readonly left_out: number;
  readonly best: RecognizerFigures;
  readonly last: RecognizerFigures;
  readonly train_seconds: number;
}

export interface RecognitionRow extends RecognizerRun {
  /** Error rate minus that of the run that differs only in having setting A: below 0 is better. Null: there is none. */
  readonly gain_over_a: number | null;
}

/** One utterance, what was said beside what was heard; null where one side has nothing. */
export interface ShownAlignment {
  readonly name: string;
  readonly reference: readonly (string | null)[];
  readonly hypothesis: readonly (string | null)[];
}

/** The rate that runs are compared by: of folded phones where there are such. */
export function headlineRate({ errors, folded }: RecognizerFigures): number {
  return (folded ?? errors).rate;
}

export function compareRecognizers(runs: readonly RecognizerRun[]): RecognitionRow[] {
  const key = ({ frontend, model, n_mels, seed, other }: RunDescription) =>
    JSON.stringify([frontend, model, n_mels, seed, other]);
  const rateInA = new Map(
    runs.filter(({ setting }) => setting === "A").map((run) => [key(run), headlineRate(run.best)]),
  );
  return runs.map((run) => {
    const baseline = rateInA.get(key(run));
    return { ...run, gain_over_a: baseline === undefined ? null : headlineRate(run.best) - baseline };
  });
}
