/** Learning rates over time: a pure function of the step, and how it meets the rates that groups set themselves. */
import { z } from "zod";
import type { Parsed } from "../base/record.ts";
import type { ParameterGroup } from "../nn/types.ts";

/**
 * Cosine annealing with warm-up and restarts. In each cycle the rate rises linearly from `min_lr` to the cycle's
 * maximum in `warmup_steps` and falls back along half a cosine. From cycle to cycle the maximum is multiplied by
 * `gamma`, and the falling part's length by `cycle_mult`, rounded down. As in the source, nothing keeps the maximum
 * above `min_lr`.
 * @see https://github.com/katsura-jp/pytorch-cosine-annealing-with-warmup
 */
const cosineRestartsSchema = z.strictObject({
  kind: z.literal("cosine_restarts"),
  first_cycle_steps: z.int().min(1),
  cycle_mult: z.number().min(1),
  /** Maximum of the first cycle. */
  max_lr: z.number().positive(),
  min_lr: z.number().min(0),
  /** Below `first_cycle_steps`. */
  warmup_steps: z.int().min(0),
  gamma: z.number().min(0).max(1),
});

/** What `optim.schedule` may be. */
export const scheduleSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("constant") }),
  cosineRestartsSchema,
]);

export type CosineRestartsSpec = Parsed<typeof cosineRestartsSchema>;

/** Grows by the same factor at each step, from `lowLr` at the first to `highLr` at the last of `steps`. */
export interface ExponentialSpec {
  readonly kind: "exponential";
  readonly lowLr: number;
  readonly highLr: number;
  /** >= 2. */
  readonly steps: number;
}

export type ScheduleSpec = Parsed<typeof scheduleSchema> | ExponentialSpec;

/** The rate of a group as configured: null if it sets none and follows the schedule's own, absolute rate. */
export type GroupRates = Readonly<Record<ParameterGroup, { readonly lr: number | null }>>;

/** `T` with the rate of each group a number. */
export type WithRates<T extends GroupRates> = T & Readonly<Record<ParameterGroup, { readonly lr: number }>>;

/**
 * The share of its peak rate at which every group learns. A schedule gives an absolute rate; a group that sets no
 * rate takes it as it is, one that does has the same curve scaled to peak at its own.
 * @param step Steps taken before this one, from 0.
 */
export function rateFactor(spec: ScheduleSpec, step: number): number {
  switch (spec.kind) {
    case "constant":
      return 1;
    case "cosine_restarts":
      return cosineRestarts(spec, step) / spec.maxLr;
    case "exponential":
      return (spec.highLr / spec.lowLr) ** (step / (spec.steps - 1) - 1);
    default:
      spec satisfies never;
      throw new Error(`Unknown schedule ${JSON.stringify(spec)}`);
  }
}

/** The rate at factor 1 of a group that sets none; null if the schedule has no rate of its own. */
export function peakRate(spec: ScheduleSpec): number | null {
  switch (spec.kind) {
    case "constant":
      return null;
    case "cosine_restarts":
      return spec.maxLr;
    case "exponential":
      return spec.highLr;
    default:
      spec satisfies never;
      throw new Error(`Unknown schedule ${JSON.stringify(spec)}`);
  }
}

/**
 * Fills in the peak rate of each group that sets none.
 * @throws {RangeError} If there is such a group and the schedule has no rate of its own.
 */
export function withPeakRates<T extends GroupRates>(groups: T, schedule: ScheduleSpec): WithRates<T> {
  const filled = <G extends { readonly lr: number | null }>(group: G, name: string) => {
    const lr = group.lr ?? peakRate(schedule);
    if (lr === null) throw new RangeError(`No learning rate for ${name}: the schedule is ${schedule.kind}`);
    return { ...group, lr };
  };
  const { stft, mel, model } = groups;
  return { ...groups, stft: filled(stft, "stft"), mel: filled(mel, "mel"), model: filled(model, "model") };
}

/** Maximum and length of cycles follow from those before, so this walks over the cycles. */
function cosineRestarts(spec: CosineRestartsSpec, step: number): number {
  const { minLr, warmupSteps } = spec;
  let [at, falling, maximum] = [step, spec.firstCycleSteps - warmupSteps, spec.maxLr];
  while (at >= warmupSteps + falling) {
    at -= warmupSteps + falling;
    falling = Math.floor(falling * spec.cycleMult);
    maximum *= spec.gamma;
  }
  const share = at < warmupSteps
    ? at / warmupSteps
    : (1 + Math.cos(Math.PI * (at - warmupSteps) / falling)) / 2;
  return minLr + (maximum - minLr) * share;
}
