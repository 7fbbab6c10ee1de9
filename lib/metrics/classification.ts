/**
 * Figures of a classifier: outcomes are counted batch by batch and divided once, so that no figure depends on how
 * clips fell into batches.
 */

/** What has been counted so far. Row: the true class; column: the predicted one. */
export interface ClassificationCounts {
  readonly classes: number;
  /** `[classes, classes]`, row-major. */
  readonly confusion: Float64Array;
  clips: number;
  /** Sum over clips of minus the natural logarithm of the true class's probability. */
  crossEntropySum: number;
}

export interface Averages {
  readonly micro: number;
  readonly macro: number;
  readonly weighted: number;
}

export interface ClassFigures {
  readonly label: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** How many clips are of this class. */
  readonly support: number;
  /** How many clips were taken for this class. */
  readonly predicted: number;
}

export interface ClassificationFigures {
  readonly clips: number;
  readonly correct: number;
  readonly accuracy: number;
  /** Mean over clips, in nats. */
  readonly cross_entropy: number;
  readonly precision: Averages;
  readonly recall: Averages;
  readonly f1: Averages;
  readonly per_class: readonly ClassFigures[];
  /** Counts; row: the true class, column: the predicted one. */
  readonly confusion: readonly (readonly number[])[];
}

export function startCounts(classes: number): ClassificationCounts {
  return { classes, confusion: new Float64Array(classes * classes), clips: 0, crossEntropySum: 0 };
}

/**
 * Counts one batch. The predicted class is the first with the largest logit; sums are taken in float64.
 * @param logits `[batch, classes]`, row-major. @param labels `[batch]`, from 0 to classes - 1.
 * @throws {RangeError} If the lengths do not fit together or a label is no class.
 */
export function countBatch(
  counts: ClassificationCounts,
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
): void {
  const { classes, confusion } = counts;
  if (logits.length !== labels.length * classes) {
    throw new RangeError(
      `Cannot count ${labels.length} clips of ${classes} classes: found ${logits.length} logits`,
    );
  }
  for (let clip = 0; clip < labels.length; clip++) {
    const label = labels[clip]!;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new RangeError(`Cannot count clip ${clip}: found label ${label}, wanted 0 to ${classes - 1}`);
    }
    const at = clip * classes;
    const predicted = firstLargest(logits, at, classes);
    confusion[label * classes + predicted]! += 1;
    counts.crossEntropySum += crossEntropy(logits, at, classes, label, logits[at + predicted]!);
  }
  counts.clips += labels.length;
}

/** Share of clips taken for what they are; 0 without clips. */
export function accuracy(counts: ClassificationCounts): number {
  return ratio(correctClips(counts), counts.clips);
}

/** Mean over clips, in nats; 0 without clips. Not finite if a logit was not. */
export function meanCrossEntropy(counts: ClassificationCounts): number {
  return ratio(counts.crossEntropySum, counts.clips);
}

/**
 * All figures, defined as in scikit-learn (`precision_recall_fscore_support` with `zero_division=0`): a quotient
 * whose denominator is zero is 0; averages run over the classes that occur as truth or as prediction; `weighted`
 * weights by support. The table has a row for every class.
 * @param labels Names of the classes, in order.
 * @see https://scikit-learn.org/stable/modules/model_evaluation.html#precision-recall-and-f-measures
 */
export function classificationFigures(
  counts: ClassificationCounts,
  labels: readonly string[],
): ClassificationFigures {
  const { classes, confusion, clips } = counts;
  if (labels.length !== classes) {
    throw new RangeError(`Cannot name ${classes} classes with ${labels.length} labels`);
  }
  const rows = labels.map((_, i) => [...confusion.subarray(i * classes, (i + 1) * classes)]);
  const perClass = labels.map((label, i) => figuresOf(label, i, rows));
  const correct = correctClips(counts);
  // Each clip has one label and gets one, so false positives and false negatives are equal in number: precision,
  // recall and F1 over all decisions are the same quotient.
  const micro = ratio(correct, clips);
  const average = (figure: "precision" | "recall" | "f1"): Averages => ({
    micro,
    macro: mean(perClass.filter((c) => c.support + c.predicted > 0).map((c) => c[figure])),
    weighted: ratio(sum(perClass.map((c) => c[figure] * c.support)), clips),
  });
  return {
    clips,
    correct,
    accuracy: micro,
    cross_entropy: meanCrossEntropy(counts),
    precision: average("precision"),
    recall: average("recall"),
    f1: average("f1"),
    per_class: perClass,
    confusion: rows,
  };
}

function figuresOf(label: string, index: number, rows: readonly (readonly number[])[]): ClassFigures {
  const hits = rows[index]![index]!;
  const support = sum(rows[index]!);
  const predicted = sum(rows.map((row) => row[index]!));
  return {
    label,
    precision: ratio(hits, predicted),
    recall: ratio(hits, support),
    f1: ratio(2 * hits, support + predicted),
    support,
    predicted,
  };
}

function correctClips({ classes, confusion }: ClassificationCounts): number {
  let correct = 0;
  for (let i = 0; i < classes; i++) correct += confusion[i * classes + i]!;
  return correct;
}

function firstLargest(values: ArrayLike<number>, at: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[at + i]! > values[at + best]!) best = i;
  return best;
}

/** log(sum(exp(logits))) - logits[label], shifted by the largest so that no exponential overflows. */
function crossEntropy(
  logits: ArrayLike<number>,
  at: number,
  classes: number,
  label: number,
  largest: number,
): number {
  let total = 0;
  for (let i = 0; i < classes; i++) total += Math.exp(logits[at + i]! - largest);
  return Math.log(total) + largest - logits[at + label]!;
}

function ratio(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}

function mean(values: readonly number[]): number {
  return ratio(sum(values), values.length);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
