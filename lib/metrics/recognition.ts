/**
 * Figures of a recogniser: edits are counted utterance by utterance over the whole corpus and divided once, so that
 * no figure depends on how utterances fell into batches.
 */
import { align, editDistance } from "./edit_distance.ts";

/** Errors in a corpus, relative to the length of its references. */
export interface ErrorFigures {
  /** (substitutions + insertions + deletions) / reference; it can exceed 1. */
  readonly rate: number;
  readonly substitutions: number;
  readonly insertions: number;
  readonly deletions: number;
  /** Labels in all references. */
  readonly reference: number;
}

export interface RecognitionFigures {
  readonly utterances: number;
  /** Over all labels. */
  readonly errors: ErrorFigures;
  /** TIMIT's 61 phones folded to 39; null where labels are something else. */
  readonly folded: ErrorFigures | null;
  /** Mean over utterances of minus the log probability per label, in nats. */
  readonly loss: number;
  readonly confusion: Confusion;
  readonly compat: {
    /** Mean of the utterances' error rates: what the original code reports, whose test batches hold one utterance. */
    readonly utterance_average: number;
  };
}

/** Row: what was said, column: what was heard. */
export interface Confusion {
  /** Of rows and columns; the last is {@link NOTHING}: its row counts insertions, its column deletions. */
  readonly labels: readonly string[];
  readonly counts: readonly (readonly number[])[];
}

/** Stands for the missing side of an insertion or a deletion. */
export const NOTHING = "-";

/** Merges labels before errors are counted again. */
export interface Folding {
  readonly labels: readonly string[];
  /** For each class its index in `labels`, -1 where it is left out. */
  readonly of: Int32Array;
}

/** One utterance's errors and the length of its reference. */
interface Tally {
  readonly substitutions: number;
  readonly insertions: number;
  readonly deletions: number;
  readonly reference: number;
}

/** What has been counted so far. */
export interface RecognitionCounts {
  readonly classes: readonly string[];
  readonly folding: Folding | null;
  readonly all: Tally[];
  readonly folded: Tally[];
  /** `[labels + 1, labels + 1]`, of the folded labels where there are such, row-major. */
  readonly confusion: Float64Array;
  lossSum: number;
}

/** One utterance's reference and what was decoded, in class indices. */
export interface Recognized {
  readonly reference: ArrayLike<number>;
  readonly hypothesis: ArrayLike<number>;
  /** Minus the log probability of the reference, divided by its length, in nats. */
  readonly loss: number;
}

/** @param folding Null: labels are counted as they are. */
export function startRecognition(classes: readonly string[], folding: Folding | null): RecognitionCounts {
  const size = (folding?.labels.length ?? classes.length - 1) + 1;
  return {
    classes,
    folding,
    all: [],
    folded: [],
    confusion: new Float64Array(size * size),
    lossSum: 0,
  };
}

/** Counts one batch. */
export function countRecognized(counts: RecognitionCounts, batch: readonly Recognized[]): void {
  for (const { reference, hypothesis, loss } of batch) {
    const alignment = align(reference, hypothesis);
    counts.all.push({ ...errorsOf(alignment), reference: reference.length });
    counts.lossSum += loss;
    const { folding } = counts;
    if (folding === null) {
      addConfusion(counts, alignment, (label) => label - 1);
      continue;
    }
    const [said, heard] = [fold(reference, folding), fold(hypothesis, folding)];
    const foldedAlignment = align(said, heard);
    counts.folded.push({ ...errorsOf(foldedAlignment), reference: said.length });
    addConfusion(counts, foldedAlignment, (label) => label);
  }
}

/** Errors relative to the length of the references, over all classes; 0 without references. */
export function errorRate(counts: RecognitionCounts): number {
  return rateOf(counts.all);
}

/** Mean over utterances; 0 without any. Not finite if one was not. */
export function meanLoss({ all, lossSum }: RecognitionCounts): number {
  return all.length === 0 ? 0 : lossSum / all.length;
}

export function recognitionFigures(counts: RecognitionCounts): RecognitionFigures {
  const labels = [...(counts.folding?.labels ?? counts.classes.slice(1)), NOTHING];
  return {
    utterances: counts.all.length,
    errors: figuresOf(counts.all),
    folded: counts.folding === null ? null : figuresOf(counts.folded),
    loss: meanLoss(counts),
    confusion: {
      labels,
      counts: labels.map((
        _,
        i,
      ) => [...counts.confusion.subarray(i * labels.length, (i + 1) * labels.length)]),
    },
    compat: {
      utterance_average: counts.all.reduce((sum, tally) => sum + rateOf([tally]), 0) /
        Math.max(1, counts.all.length),
    },
  };
}

function errorsOf({ substitutions, insertions, deletions }: Omit<Tally, "reference">) {
  return { substitutions, insertions, deletions };
}

function fold(labels: ArrayLike<number>, { of }: Folding): number[] {
  return Array.from(labels, (label) => of[label]!).filter((label) => label >= 0);
}

function addConfusion(
  { confusion }: RecognitionCounts,
  { pairs }: ReturnType<typeof align>,
  rowOf: (label: number) => number,
): void {
  const size = Math.sqrt(confusion.length);
  const at = (label: number | null) => label === null ? size - 1 : rowOf(label);
  for (const { reference, hypothesis } of pairs) {
    confusion[at(reference) * size + at(hypothesis)]! += 1;
  }
}

function figuresOf(tallies: readonly Tally[]): ErrorFigures {
  const sum = (key: keyof Tally) => tallies.reduce((total, tally) => total + tally[key], 0);
  return {
    rate: rateOf(tallies),
    substitutions: sum("substitutions"),
    insertions: sum("insertions"),
    deletions: sum("deletions"),
    reference: sum("reference"),
  };
}

function rateOf(tallies: readonly Tally[]): number {
  const reference = tallies.reduce((sum, tally) => sum + tally.reference, 0);
  return reference === 0 ? 0 : tallies.reduce((sum, tally) => sum + editDistance(tally), 0) / reference;
}
