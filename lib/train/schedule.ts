/**
 * Learning rates over time: a pure function of the step and of what training has shown so far, and how it meets the
 * rates that groups set themselves.
 */
import { z } from "zod";
import type { Parsed } from "../base/record.ts";

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

/**
 * Over the whole training: linear from 0 to the peak in `warmup_epochs`, then half a cosine, which is 0 at the last
 * step. As in BC-ResNet's own training the first step has the first share of the rise.
 * @see https://github.com/Qualcomm-AI-research/bcresnet (main.py)
 */
const cosineSchema = z.strictObject({ kind: z.literal("cosine"), warmup_epochs: z.number().min(0) });

/**
 * Over the whole training, as torch.optim.lr_scheduler.OneCycleLR in two phases of cosines: from `start` of the peak up
 * to it in the share `rise` of all steps, then down to `end` of it. Momentum stays as it is.
 */
const oneCycleSchema = z.strictObject({
  kind: z.literal("one_cycle"),
  rise: z.number().gt(0).lt(1),
  start: z.number().gt(0).max(1),
  end: z.number().min(0).max(1),
});

/** The rate is multiplied by `factor` behind each of these epochs. */
const stepsSchema = z.strictObject({
  kind: z.literal("steps"),
  after_epochs: z.array(z.int().min(1)).min(1),
  factor: z.number().gt(0).max(1),
});

/**
 * As torch.optim.lr_scheduler.ReduceLROnPlateau: multiplied by `factor` whenever more than `patience` epochs in a row
 * have not brought the validation loss below the lowest so far by the share `threshold` of it.
 */
const plateauSchema = z.strictObject({
  kind: z.literal("plateau"),
  factor: z.number().gt(0).lt(1),
  patience: z.int().min(0),
  threshold: z.number().min(0).lt(1),
});

/** What `optim.schedule` may be. */
export const scheduleSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("constant") }),
  cosineSchema,
  oneCycleSchema,
  stepsSchema,
  plateauSchema,
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

/** Something of each group of parameters: those that every configuration has, and those of further trained parts. */
export interface ByGroup<T> {
  readonly stft: T;
  readonly mel: T;
  readonly model: T;
  readonly [part: string]: T;
}

/** The rate of a group as configured: null if it sets none and follows the schedule's own, absolute rate. */
export interface GroupRate {
  readonly lr: number | null;
}

/** The same of each group. */
export function eachGroup<T, Made>(
  { stft, mel, model, ...parts }: ByGroup<T>,
  make: (of: T, name: string) => Made,
): ByGroup<Made> {
  const further = Object.entries(parts).map(([name, of]) => [name, make(of, name)] as const);
  return {
    stft: make(stft, "stft"),
    mel: make(mel, "mel"),
    model: make(model, "model"),
    ...Object.fromEntries(further),
  };
}

/** What a training is to be, and what it has shown so far. */
export interface Course {
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** Of each epoch that is over. */
  readonly validationLosses: readonly number[];
}

/**
 * The share of its peak rate at which every group learns. A schedule gives an absolute rate; a group that sets no
 * rate takes it as it is, one that does has the same curve scaled to peak at its own.
 * @param step Steps taken before this one, from 0.
 */
export function rateFactor(spec: ScheduleSpec, step: number, course: Course): number {
  const { epochs, stepsPerEpoch, validationLosses } = course;
  const steps = epochs * stepsPerEpoch;
  switch (spec.kind) {
    case "constant":
      return 1;
    case "cosine":
      return cosine(step + 1, Math.round(spec.warmupEpochs * stepsPerEpoch), steps);
    case "one_cycle": {
      const top = spec.rise * steps - 1;
      return step <= top
        ? blend(spec.start, 1, share(step, 0, top))
        : blend(1, spec.end, share(step, top, steps - 1));
    }
    case "steps":
      return spec.factor ** spec.afterEpochs.filter((epoch) => step >= epoch * stepsPerEpoch).length;
    case "plateau":
      return spec.factor ** plateaus(spec, validationLosses);
    case "cosine_restarts":
      return cosineRestarts(spec, step) / spec.maxLr;
    case "exponential":
      return (spec.highLr / spec.lowLr) ** (step / (spec.steps - 1) - 1);
    default:
      spec satisfies never;
      throw new Error(`Unknown schedule ${JSON.stringify(spec)}`);
  }
}

/** Whether the rate depends on how many steps there are in all, so that they must not change on the way. */
export function hasHorizon({ kind }: Pick<ScheduleSpec, "kind">): boolean {
  return kind === "cosine" || kind === "one_cycle";
}

/** The rate at factor 1 of a group that sets none; null if the schedule has no rate of its own. */
export function peakRate(spec: ScheduleSpec): number | null {
  switch (spec.kind) {
    case "constant":
    case "cosine":
    case "one_cycle":
    case "steps":
    case "plateau":
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
export function withPeakRates<G extends GroupRate>(
  groups: ByGroup<G>,
  schedule: ScheduleSpec,
): ByGroup<G & { readonly lr: number }> {
  return eachGroup(groups, (group, name) => {
    const lr = group.lr ?? peakRate(schedule);
    if (lr === null) throw new RangeError(`No learning rate for ${name}: the schedule is ${schedule.kind}`);
    return { ...group, lr };
  });
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

/** @param step From 1. @param steps Of the whole training; beyond them the rate stays at 0. */
function cosine(step: number, warmup: number, steps: number): number {
  return step < warmup ? step / warmup : blend(1, 0, share(step, warmup, steps));
}

/** How far `at` is on the way from one to the other, in [0, 1]. */
function share(at: number, from: number, to: number): number {
  return to <= from ? 1 : Math.min(1, Math.max(0, (at - from) / (to - from)));
}

/** From one value to another along half a cosine. */
function blend(from: number, to: number, way: number): number {
  return to + (from - to) * (1 + Math.cos(Math.PI * way)) / 2;
}

function plateaus(
  { patience, threshold }: Parsed<typeof plateauSchema>,
  losses: readonly number[],
): number {
  let [lowest, waited, found] = [Infinity, 0, 0];
  for (const loss of losses) {
    if (loss < lowest * (1 - threshold)) [lowest, waited] = [loss, 0];
    else waited++;
    if (waited > patience) [waited, found] = [0, found + 1];
  }
  return found;
}
