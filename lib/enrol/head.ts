/**
 * Rows that are added to a trained head, one for each new word. The rows that are there stay as they are, so that what
 * the network knew it goes on knowing: to the new rows they are one class, whose logit is the logarithm of the sum of
 * their exponentials. What is left is multinomial logistic regression with an offset, a convex problem. Pure.
 */
import { minimise } from "./minimise.ts";
import type { Head } from "./body.ts";

/** Embeddings with what they are. */
export interface Examples {
  /** `[n, size]`, row by row. */
  readonly embeddings: Float32Array;
  /** `[n]`: which of the new words; {@link NONE}: none. */
  readonly labels: Int32Array;
  /** `[n]`: how much each counts, above 0. */
  readonly weights: Float64Array;
}

/** The label of whatever is none of the new words. */
export const NONE = -1;

export interface FitOptions {
  /** How many new words there are. */
  readonly rows: number;
  /** Weight of half the squared length of a row's difference from where it starts, in standard deviations of embeddings. */
  readonly decay: number;
  /** The row of the trained head that new rows start from; null: from zero. */
  readonly from: number | null;
}

/** More do not change a decision. */
const [ITERATIONS, TOLERANCE] = [200, 1e-5];
/** Added to variances of embeddings, so that a number that never varies is left alone. */
const LEAST_VARIANCE = 1e-6;

/**
 * @param old The trained head. @param examples Some of every row, and some of none.
 * @returns The new rows alone.
 */
export function fitRows(old: Head, examples: Examples, { rows, decay, from }: FitOptions): Head {
  const { embeddings, labels, weights } = examples;
  const count = labels.length;
  const size = embeddings.length / count;
  const { means, deviations } = standardOf(embeddings, weights, size);
  const x = new Float64Array(embeddings.length);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < size; k++) x[i * size + k] = (embeddings[i * size + k]! - means[k]!) / deviations[k]!;
  }
  const logits = logitsOf(old, embeddings, size);
  const classes = old.bias.length;
  // Of each example: the old rows' joint logit, above that of the row that new ones start from.
  const offsets = Float64Array.from({ length: count }, (_, i) => {
    const own = logits.subarray(i * classes, (i + 1) * classes);
    return logSum(own) - (from === null ? 0 : own[from]!);
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const stride = size + 1; // a row, and its bias behind it
  const scores = new Float64Array(rows + 1);
  const value = (at: Float64Array, gradient: Float64Array): number => {
    gradient.fill(0);
    let loss = 0;
    for (let i = 0; i < count; i++) {
      for (let row = 0; row < rows; row++) {
        let sum = at[row * stride + size]!;
        for (let k = 0; k < size; k++) sum += at[row * stride + k]! * x[i * size + k]!;
        scores[row] = sum;
      }
      scores[rows] = offsets[i]!;
      const joint = logSum(scores);
      const label = labels[i]! === NONE ? rows : labels[i]!;
      const weight = weights[i]! / total;
      loss += weight * (joint - scores[label]!);
      for (let row = 0; row < rows; row++) {
        const slope = weight * (Math.exp(scores[row]! - joint) - (row === label ? 1 : 0));
        for (let k = 0; k < size; k++) gradient[row * stride + k]! += slope * x[i * size + k]!;
        gradient[row * stride + size]! += slope;
      }
    }
    for (let row = 0; row < rows; row++) {
      for (let at_ = row * stride; at_ < row * stride + size; at_++) {
        loss += decay / 2 * at[at_]! * at[at_]!;
        gradient[at_]! += decay * at[at_]!;
      }
    }
    return loss;
  };
  const found = minimise(value, new Float64Array(rows * stride), {
    iterations: ITERATIONS,
    tolerance: TOLERANCE,
  });
  return unstandardised(found, { means, deviations, rows, size }, old, from);
}

/** The same rows for embeddings as they are. */
function unstandardised(
  found: Float64Array,
  { means, deviations, rows, size }: {
    readonly means: Float64Array;
    readonly deviations: Float64Array;
    readonly rows: number;
    readonly size: number;
  },
  old: Head,
  from: number | null,
): Head {
  const weight = new Float32Array(rows * size);
  const bias = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let shift = found[row * (size + 1) + size]! + (from === null ? 0 : old.bias[from]!);
    for (let k = 0; k < size; k++) {
      const own = found[row * (size + 1) + k]! / deviations[k]!;
      weight[row * size + k] = own + (from === null ? 0 : old.weight[from * size + k]!);
      shift -= own * means[k]!;
    }
    bias[row] = shift;
  }
  return { weight, bias };
}

/**
 * Nearest prototype as a linear head: each class is the mean of its embeddings, in standard deviations, and the logit
 * falls with half the squared distance from it (Snell, Swersky and Zemel 2017, "Prototypical networks", section 2.3).
 *
 * @param labels `[n]`, all of them from 0 to `classes` - 1, some of each.
 */
export function prototypeHead(
  embeddings: Float32Array,
  labels: Int32Array,
  classes: number,
): Head {
  const size = embeddings.length / labels.length;
  const { deviations } = standardOf(embeddings, new Float64Array(labels.length).fill(1), size);
  const means = new Float64Array(classes * size);
  const counts = new Float64Array(classes);
  labels.forEach((label, i) => {
    counts[label]! += 1;
    for (let k = 0; k < size; k++) means[label * size + k]! += embeddings[i * size + k]!;
  });
  const weight = new Float32Array(classes * size);
  const bias = new Float32Array(classes);
  for (let row = 0; row < classes; row++) {
    let squared = 0;
    for (let k = 0; k < size; k++) {
      const mean = means[row * size + k]! / counts[row]!;
      weight[row * size + k] = mean / deviations[k]! ** 2;
      squared += (mean / deviations[k]!) ** 2;
    }
    bias[row] = -squared / 2;
  }
  return { weight, bias };
}

/** `[n, classes]`: the product of embeddings with a head. */
export function logitsOf({ weight, bias }: Head, embeddings: Float32Array, size: number): Float64Array {
  const [count, classes] = [embeddings.length / size, bias.length];
  const logits = new Float64Array(count * classes);
  for (let i = 0; i < count; i++) {
    for (let row = 0; row < classes; row++) {
      let sum = bias[row]!;
      for (let k = 0; k < size; k++) sum += weight[row * size + k]! * embeddings[i * size + k]!;
      logits[i * classes + row] = sum;
    }
  }
  return logits;
}

/** The logarithm of the sum of exponentials, without overflow. */
export function logSum(values: Float64Array): number {
  const most = values.reduce((largest, value) => Math.max(largest, value), -Infinity);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
}

/** Means and standard deviations of each number of an embedding. */
function standardOf(embeddings: Float32Array, weights: Float64Array, size: number) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const means = new Float64Array(size);
  const squares = new Float64Array(size);
  weights.forEach((weight, i) => {
    for (let k = 0; k < size; k++) means[k]! += weight / total * embeddings[i * size + k]!;
  });
  weights.forEach((weight, i) => {
    for (let k = 0; k < size; k++) {
      squares[k]! += weight / total * (embeddings[i * size + k]! - means[k]!) ** 2;
    }
  });
  return { means, deviations: squares.map((square) => Math.sqrt(square + LEAST_VARIANCE)) };
}
