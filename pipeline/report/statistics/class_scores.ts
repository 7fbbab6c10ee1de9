/** How well each class is told, from what was taken for what. Pure. */
import type { Metrics } from "../../../lib/records/metrics.ts";

export type Confusion = Metrics["checkpoints"]["best"]["confusion"];

export interface ClassScores {
  readonly label: string;
  /** Of what was taken for the class, the share that is of it. */
  readonly precision: number;
  /** Of what is of the class, the share that was taken for it. */
  readonly recall: number;
  /** Their harmonic mean. */
  readonly f1: number;
  /** How many were of the class. */
  readonly support: number;
}

/** In the order of the labels; a quotient whose denominator is 0 is 0. */
export function classScores({ labels, counts, nothing }: Confusion): ClassScores[] {
  return (nothing ? labels.slice(0, -1) : labels).map((label, i) => {
    const hits = counts[i]![i]!;
    const support = sum(counts[i]!);
    const taken = sum(counts.map((row) => row[i]!));
    return {
      label,
      precision: ratio(hits, taken),
      recall: ratio(hits, support),
      f1: ratio(2 * hits, support + taken),
      support,
    };
  });
}

export interface ConfusedPair {
  /** As `ih for iy`, `ih inserted`, `iy left out`. */
  readonly pair: string;
  readonly count: number;
}

/** Errors by kind, which a large matrix hides, the most frequent first. */
export function confusedPairs({ labels, counts, nothing }: Confusion): ConfusedPair[] {
  const last = nothing ? labels.length - 1 : -1;
  const named = (is: number, told: number) =>
    is === last
      ? `${labels[told]} inserted`
      : told === last
      ? `${labels[is]} left out`
      : `${labels[told]} for ${labels[is]}`;
  return counts.flatMap((row, i) =>
    row.flatMap((count, j) => i === j || count === 0 ? [] : [{ pair: named(i, j), count }])
  ).sort((a, b) => b.count - a.count);
}

function ratio(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
