/**
 * Learning-rate range test: a short training whose rate grows by the same factor at each step; the loss tells where it
 * learns and where it falls apart. Smith 2017, "Cyclical Learning Rates for Training Neural Networks", section 3.3.
 */
import { train, type TrainOptions } from "./loop.ts";
import type { Rates } from "./optimizer.ts";
import { type ByGroup, eachGroup, type GroupRate, type ScheduleSpec, withPeakRates } from "./schedule.ts";

/** The rates are those of the group `model`; other groups keep the ratios that the configuration gives them. */
export interface LrRange {
  /** Above 0. */
  readonly low: number;
  readonly high: number;
  /** >= 2. */
  readonly steps: number;
}

export interface RangePoint {
  /** From 1. */
  readonly step: number;
  readonly rates: Rates;
  /** Of this step's batch, before it is learnt from. */
  readonly loss: number;
}

export interface Suggestion {
  /** Rate at which the smoothed loss falls fastest over the logarithm of the rate. */
  readonly steepest: number;
  /** Rate at which the smoothed loss is lowest. */
  readonly lowest: number;
  /** A common choice, well before what is too much: `lowest / 10`. */
  readonly tenthOfLowest: number;
}

/** A loss this many times the first one ends the test: what follows is of no use. */
const DIVERGED = 4;
/** A loss is averaged with this share of all steps on either side. */
const SMOOTHED_SHARE = 0.05;

/** The groups with their peak rates scaled so that `model` reaches `high`. @throws {RangeError} If its rate is 0. */
export function rangeGroups<G extends GroupRate>(
  groups: ByGroup<G>,
  schedule: ScheduleSpec,
  { high }: LrRange,
): ByGroup<G & { readonly lr: number }> {
  const peaks = withPeakRates(groups, schedule);
  if (peaks.model.lr === 0) throw new RangeError("Cannot vary a learning rate of 0");
  return eachGroup(peaks, (group) => ({ ...group, lr: high * (group.lr / peaks.model.lr) }));
}

/**
 * Trains over the range, from the state as it is; yields a point after each step.
 * Ends early when the loss is not finite or has grown beyond use. Each of the objective's epochs ends with a validation
 * that is not needed here: long ones are quicker.
 * @param options With an optimizer of {@link rangeGroups}.
 */
export async function* lrRange(
  options: Omit<TrainOptions, "schedule" | "epochs" | "from">,
  { low, high, steps }: LrRange,
): AsyncGenerator<RangePoint> {
  const epochs = Math.ceil(steps / options.objective.stepsPerEpoch);
  const schedule = { kind: "exponential", lowLr: low, highLr: high, steps } as const;
  let first: number | undefined;
  for await (const event of train({ ...options, epochs, schedule })) {
    if (event.type === "failed") return;
    if (event.type === "epoch") continue;
    const { step, rates, loss } = event;
    yield { step, rates, loss };
    first ??= loss;
    if (step === steps || loss > DIVERGED * first) return;
  }
}

/** Means over each step and its neighbours on both sides, so that nothing is shifted towards higher rates. */
export function smoothLosses(losses: readonly number[]): number[] {
  const half = Math.max(1, Math.round(SMOOTHED_SHARE * losses.length));
  return losses.map((_, i) => {
    // as many on either side, also at the ends, where a lopsided window would bend the curve
    const reach = Math.min(half, i, losses.length - 1 - i);
    const window = losses.slice(i - reach, i + reach + 1);
    return window.reduce((sum, loss) => sum + loss, 0) / window.length;
  });
}

/**
 * @param rates Ascending by one factor. @param smoothed One for each rate.
 * @returns null if the loss does not fall anywhere before its minimum.
 */
export function suggestRates(rates: readonly number[], smoothed: readonly number[]): Suggestion | null {
  const lowestAt = smoothed.indexOf(Math.min(...smoothed));
  let [steepestAt, steepestFall] = [-1, 0];
  for (let i = 1; i < lowestAt; i++) {
    const fall = smoothed[i - 1]! - smoothed[i + 1]!;
    if (fall > steepestFall) [steepestAt, steepestFall] = [i, fall];
  }
  if (steepestAt < 0) return null;
  const lowest = rates[lowestAt]!;
  return { steepest: rates[steepestAt]!, lowest, tenthOfLowest: lowest / 10 };
}
