/** Chooses when a network says a word: thresholds, patience and smoothing together, on a development stream. Pure. */
import type { Thresholds } from "../records/operating_point.ts";
import { allocated, type WordCurve } from "./allocate.ts";
import {
  allowedAlarms,
  COMMON,
  type DetPoint,
  type LabelledStream,
  outcomes,
  pointOf,
  type Shape,
} from "./det.ts";
import type { Matched } from "./match.ts";

/** Whose a threshold is: each word's own, or common to all. */
export const WHOSE = ["word", "common"] as const;
export type Whose = typeof WHOSE[number];

/** What is tried and what is allowed. */
export interface Search {
  /** Decisions that are averaged. */
  readonly smoothing: readonly number[];
  /** Decisions in a row. */
  readonly patience: readonly number[];
  readonly refractorySeconds: number;
  readonly toleranceSeconds: number;
  /** False alarms an hour. */
  readonly allowedPerHour: number;
  readonly thresholds: Whose;
}

/** The best thresholds of one smoothing and patience. */
export interface Candidate extends Thresholds {
  readonly shape: Shape;
  readonly point: DetPoint;
}

/** Of each smoothing and patience. */
export interface Candidates {
  /** With one threshold for all words. */
  readonly common: Candidate;
  /** With a threshold for each word; null: not wanted, or always with more false alarms than are allowed. */
  readonly own: Candidate | null;
}

/** Behind them nothing is detected, which is no rule to listen by. */
const AUDIBLE = COMMON.filter(({ threshold }) => threshold <= 1);

/**
 * For each smoothing and patience the threshold with the fewest misses among those that are allowed, of equal ones the
 * highest; where none of them is allowed, the one with the fewest false alarms. Words' own thresholds are found from there.
 * @param onDone Told how many curves are made.
 */
export function candidates(
  stream: LabelledStream,
  { smoothing, patience, refractorySeconds, toleranceSeconds, allowedPerHour, thresholds: whose }: Search,
  onDone: (done: number) => void = () => {},
): Candidates[] {
  const most = allowedAlarms(allowedPerHour, stream.scored.seconds / 3600);
  const shapes = smoothing.flatMap((averaged) =>
    patience.map((held): Shape => ({ smoothing: averaged, patience: held, refractorySeconds }))
  );
  const better = (a: DetPoint, b: DetPoint) =>
    compared(a, b, most) < 0 || compared(a, b, most) === 0 && a.threshold > b.threshold;
  return shapes.map((shape, i) => {
    const found = outcomes(stream, shape, toleranceSeconds, AUDIBLE);
    const curve = found.map((outcome, i) => pointOf(AUDIBLE[i]!.threshold, outcome));
    const point = curve.reduce((best, point) => better(point, best) ? point : best);
    const common = { shape, point, threshold: point.threshold };
    const thresholds = whose === "common"
      ? undefined
      : ownThresholds(stream, found, curve.indexOf(point), most);
    onDone(i + 1);
    if (thresholds === undefined) return { common, own: null };
    const [outcome] = outcomes(stream, shape, toleranceSeconds, [{ threshold: point.threshold, thresholds }]);
    return { common, own: { ...common, thresholds, point: pointOf(point.threshold, outcome!) } };
  });
}

/** @param common Place of the threshold that is chosen for all. @returns Undefined: none are allowed. */
function ownThresholds(
  { scored: { classes }, words }: LabelledStream,
  found: readonly Matched[],
  common: number,
  most: number,
): Readonly<Record<string, number>> | undefined {
  const names = classes.filter((name) => !name.startsWith("_"));
  const count = (of: (outcome: Matched) => readonly { readonly word: string }[], name: string) =>
    found.map((outcome) => of(outcome).filter(({ word }) => word === name).length);
  const curves = names.map((name): WordCurve => ({
    word: name,
    said: words.filter(({ word }) => word === name).length,
    falseAlarms: count(({ falseAlarms }) => falseAlarms, name),
    missed: count(({ missed }) => missed, name),
  }));
  const places = allocated(curves, common, most);
  if (places === null) return undefined;
  return Object.fromEntries(names.map((name, w) => [name, AUDIBLE[places[w]!]!.threshold]));
}

/**
 * The best with a threshold for each word, and the best with one for all, which is taken where the other is not there or hears
 * nothing. They are not compared by what they miss here: the best common threshold of many is one that had luck with its
 * alarms, where words' own have as many as may be expected.
 * @param most False alarms that are allowed.
 */
export function bestOf(
  found: readonly Candidates[],
  most: number,
): { readonly chosen: Candidate; readonly common: Candidate } {
  const common = chosenOf(found.map(({ common }) => common), most);
  const own = found.flatMap(({ own }) => own === null ? [] : [own]);
  const best = own.length === 0 ? common : chosenOf(own, most);
  const hears = best.point.latencySeconds !== null;
  return { chosen: hears ? best : common, common };
}

/**
 * The candidate with the fewest misses; of equal ones that with the fewest false alarms, then the one that is quickest,
 * then the first.
 * @param most False alarms that are allowed.
 */
function chosenOf(found: readonly Candidate[], most: number): Candidate {
  return found.reduce((best, one) => {
    const order = compared(one.point, best.point, most) || latencyOf(one) - latencyOf(best);
    return order < 0 ? one : best;
  });
}

/** Below 0 where the first is to be preferred. @param most False alarms that are allowed. */
function compared(a: DetPoint, b: DetPoint, most: number): number {
  const [aIs, bIs] = [a.falseAlarms <= most, b.falseAlarms <= most];
  if (aIs !== bIs) return aIs ? -1 : 1;
  return (aIs ? 0 : a.falseAlarms - b.falseAlarms) || a.missed - b.missed || a.falseAlarms - b.falseAlarms;
}

function latencyOf({ point }: Candidate): number {
  return point.latencySeconds ?? Number.MAX_VALUE;
}
