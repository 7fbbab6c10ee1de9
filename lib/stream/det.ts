/** Misses against false alarms: curves over thresholds, and what a curve has at a rate. Pure. */
import { wordsIn } from "../live/detector.ts";
import type { Thresholds } from "../records/operating_point.ts";
import type { SpokenWord } from "./labels.ts";
import { type Matched, matched } from "./match.ts";
import { heardIn, type Rule, smoothed } from "./rule.ts";
import type { ScoredStream } from "./scores_io.ts";

/** What a rule does on a stream. */
export interface DetPoint {
  /** Of words that have none of their own; infinity: nothing is ever detected. */
  readonly threshold: number;
  readonly missed: number;
  readonly falseAlarms: number;
  readonly repeats: number;
  /** Median, from words' ends; null where none was detected. */
  readonly latencySeconds: number | null;
}

/** A stream with what is known of it. */
export interface LabelledStream {
  readonly scored: ScoredStream;
  /** Words that are said and that the network knows, in the order of their starts. */
  readonly words: readonly SpokenWord[];
}

/** A rule without its thresholds. */
export type Shape = Omit<Rule, keyof Thresholds>;

/** What is said that a network can hear. */
export function knownWords(words: readonly SpokenWord[], classes: readonly string[]): SpokenWord[] {
  const known = new Set(wordsIn(classes).map((c) => classes[c]!));
  return words.filter(({ word }) => known.has(word)).toSorted((a, b) => a.start - b.start);
}

/**
 * Thresholds from one end of a curve to the other: evenly spaced log odds (probabilities crowd near 1), 1, and infinity,
 * with which nothing is detected. Below the lowest, words are hardly ever armed again.
 */
export const THRESHOLDS: readonly number[] = [
  ...Array.from({ length: 81 }, (_, i) => 1 / (1 + Math.exp(4 - i / 4))),
  1,
  Infinity,
];

/** Each of the above for all words. */
export const COMMON: readonly Thresholds[] = THRESHOLDS.map((threshold) => ({ threshold }));

/**
 * One point for each rule, in their order. As words are armed again only below the threshold, more is missed again where it
 * is very low: curves need not fall.
 */
export function detCurve(
  stream: LabelledStream,
  shape: Shape,
  toleranceSeconds: number,
  rules: readonly Thresholds[] = COMMON,
): DetPoint[] {
  return outcomes(stream, shape, toleranceSeconds, rules).map((outcome, i) =>
    pointOf(rules[i]!.threshold, outcome)
  );
}

/** What each rule does with each word and each detection, in the rules' order. */
export function outcomes(
  { scored, words }: LabelledStream,
  shape: Shape,
  toleranceSeconds: number,
  rules: readonly Thresholds[],
): Matched[] {
  const means = smoothed(scored, shape.smoothing);
  return rules.map((rule) => matched(words, heardIn(scored, means, { ...shape, ...rule }), toleranceSeconds));
}

/** An outcome in numbers. @param threshold Of words that have none of their own. */
export function pointOf(threshold: number, { hits, missed, falseAlarms, repeats }: Matched): DetPoint {
  return {
    threshold,
    missed: missed.length,
    falseAlarms: falseAlarms.length,
    repeats: repeats.length,
    latencySeconds: quantile(hits.map(({ latencySeconds }) => latencySeconds), 0.5),
  };
}

/** The smallest of the values, in any order, that this share of them does not exceed (nearest rank); null of none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.length === 0 ? null : sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

/**
 * The fewest misses with no more false alarms than a rate allows in so many hours; of equal ones that with the fewest
 * alarms, then with the highest threshold. At infinity there is no alarm, so that there always is one.
 */
export function pointAtRate(curve: readonly DetPoint[], perHour: number, hours: number): DetPoint {
  const most = allowedAlarms(perHour, hours);
  const allowed = curve.filter(({ falseAlarms }) => falseAlarms <= most);
  return allowed.reduce((best, point) => isBetter(point, best) ? point : best);
}

/** Whole alarms. */
export function allowedAlarms(perHour: number, hours: number): number {
  return Math.floor(perHour * hours + 1e-9);
}

function isBetter(a: DetPoint, b: DetPoint): boolean {
  if (a.missed !== b.missed) return a.missed < b.missed;
  return a.falseAlarms !== b.falseAlarms ? a.falseAlarms < b.falseAlarms : a.threshold > b.threshold;
}
