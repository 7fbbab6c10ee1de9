/** Chooses when a network says a word: threshold, patience and smoothing together, on a development stream. Pure. */
import { allowedAlarms, detCurve, type DetPoint, type LabelledStream, type Shape } from "./det.ts";

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
}

/** The best threshold of one smoothing and patience. */
export interface Candidate {
  readonly shape: Shape;
  readonly point: DetPoint;
}

/**
 * For each smoothing and patience the threshold with the fewest misses among those that are allowed, of equal ones the
 * highest; where none of them is allowed, the one with the fewest false alarms.
 * @param onDone Told how many curves are made.
 */
export function candidates(
  stream: LabelledStream,
  { smoothing, patience, refractorySeconds, toleranceSeconds, allowedPerHour }: Search,
  onDone: (done: number) => void = () => {},
): Candidate[] {
  const most = allowedAlarms(allowedPerHour, stream.scored.seconds / 3600);
  const shapes = smoothing.flatMap((averaged) =>
    patience.map((held): Shape => ({ smoothing: averaged, patience: held, refractorySeconds }))
  );
  return shapes.map((shape, i) => {
    // A threshold of infinity hears nothing and is no rule to listen by.
    const curve = detCurve(stream, shape, toleranceSeconds).filter(({ threshold }) => threshold <= 1);
    onDone(i + 1);
    const better = (a: DetPoint, b: DetPoint) =>
      compared(a, b, most) < 0 || compared(a, b, most) === 0 && a.threshold > b.threshold;
    return { shape, point: curve.reduce((best, point) => better(point, best) ? point : best) };
  });
}

/**
 * The candidate with the fewest misses; of equal ones that with the fewest false alarms, then the one that is quickest,
 * then the first.
 * @param most False alarms that are allowed.
 */
export function chosenOf(found: readonly Candidate[], most: number): Candidate {
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
