/** Learning rates over time: a pure function of the step, and how it meets the rates that groups set themselves. */
import type { ParameterGroup } from "../nn/types.ts";

/**
 * Cosine annealing with warm-up and restarts. In each cycle the rate rises linearly from `min_lr` to the cycle's
 * maximum in `warmup_steps` and falls back along half a cosine. From cycle to cycle the maximum is multiplied by
 * `gamma`, and the falling part's length by `cycle_mult`, rounded down. As in the source, nothing keeps the maximum
 * above `min_lr`.
 * @see https://github.com/katsura-jp/pytorch-cosine-annealing-with-warmup
 */
export interface CosineRestartsSpec {
  readonly kind: "cosine_restarts";
  readonly first_cycle_steps: number;
  /** >= 1. */
  readonly cycle_mult: number;
  /** Maximum of the first cycle, above 0. */
  readonly max_lr: number;
  readonly min_lr: number;
  /** Below `first_cycle_steps`. */
  readonly warmup_steps: number;
  readonly gamma: number;
}

/** Grows by the same factor at each step, from `low_lr` at the first to `high_lr` at the last of `steps`. */
export interface ExponentialSpec {
  readonly kind: "exponential";
  readonly low_lr: number;
  readonly high_lr: number;
  /** >= 2. */
  readonly steps: number;
}

export type ScheduleSpec = { readonly kind: "constant" } | CosineRestartsSpec | ExponentialSpec;

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
      return cosineRestarts(spec, step) / spec.max_lr;
    case "exponential":
      return (spec.high_lr / spec.low_lr) ** (step / (spec.steps - 1) - 1);
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
      return spec.max_lr;
    case "exponential":
      return spec.high_lr;
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
  const { min_lr, warmup_steps } = spec;
  let [at, falling, maximum] = [step, spec.first_cycle_steps - warmup_steps, spec.max_lr];
  while (at >= warmup_steps + falling) {
    at -= warmup_steps + falling;
    falling = Math.floor(falling * spec.cycle_mult);
    maximum *= spec.gamma;
  }
  const share = at < warmup_steps
    ? at / warmup_steps
    : (1 + Math.cos(Math.PI * (at - warmup_steps) / falling)) / 2;
  return min_lr + (maximum - min_lr) * share;
}
