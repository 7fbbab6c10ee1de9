/** What a training is told, in its file form: shared by configuration and stages. Pure. */
import { z } from "zod";
import { kindNames } from "../base/kinds.ts";
import type { Parsed } from "../base/record.ts";
import { TESTED } from "../records/metrics.ts";
import { backendSchema, networkShape } from "../records/specs.ts";
import { scheduleSchema } from "./schedule.ts";
import { SELECTIONS } from "./selections/kinds.ts";

/** A group of parameters: a part of the front-end, or everything behind it. */
export const groupSchema = z.strictObject({
  /** Learning rate before the schedule; null: the schedule's own. */
  lr: z.number().min(0).nullable(),
  weight_decay: z.number().min(0),
  /** The group's gradients are scaled down to this norm; null: never. */
  clip_norm: z.number().positive().nullable(),
});

const kindSchema = z.object({ kind: z.string().min(1) }).catchall(z.json());

/** How parameters change. */
export const optimSchema = z.strictObject({
  /** A kind of `optimizers/kinds.ts`, with its own values. */
  rule: kindSchema,
  schedule: scheduleSchema,
  model: groupSchema,
  stft: groupSchema,
  mel: groupSchema,
  /** Of further trained parts, by name. */
  parts: z.record(z.string(), groupSchema).default({}),
});

/** How examples are drawn. */
export const trainerSchema = z.strictObject({
  batch_size: z.int().min(1).max(10_000),
  /** A sampler of the task. */
  sampler: z.string(),
  /** Examples drawn an epoch; null: as many as there are. */
  clips_per_epoch: z.int().min(1).nullable(),
  /** This share of each label is spread evenly over all classes while training (Szegedy et al. 2016, section 7). */
  label_smoothing: z.number().min(0).lt(1),
  /**
   * Examples an epoch of single classes, where the sampler counts them: a whole number, or below 1 a share of the
   * epoch.
   */
  class_clips: z.record(
    z.string(),
    z.number().positive().refine(
      (n) => n < 1 || Number.isInteger(n),
      "wanted a whole number or a share below 1",
    ),
  ).default({}),
  /** `balanced`: an example weighs one over how many its class has, so that classes count alike in the loss. */
  class_weights: z.enum(["equal", "balanced"]).default("equal"),
  /** The front-end's trained parts alone learn; all else keeps the values that training starts from, to the byte. */
  freeze_model: z.boolean().default(false),
});

/** What `trainer.average` may be, besides null. */
export const averageSchema = z.discriminatedUnion("kind", [
  /**
   * After each step the average keeps the share `decay` of itself; at first less, (1 + n) / (10 + n) after n steps, so
   * that it soon forgets where training began (as tf.train.ExponentialMovingAverage with `num_updates`).
   */
  z.strictObject({ kind: z.literal("ema"), decay: z.number().gt(0).lt(1) }),
  /** The mean of the states at the ends of epochs, from `from_epoch` on (Izmailov et al. 2018). */
  z.strictObject({ kind: z.literal("swa"), from_epoch: z.int().min(1) }),
]);

export type AverageSpec = Parsed<typeof averageSchema>;

const epochCount = z.int().min(1).max(100_000);

/** How long a training is, and what is kept of it. */
const lengthShape = {
  /** What decides which state is the best: a kind of `selections/kinds.ts`. */
  select: z.enum(kindNames(SELECTIONS)).default(kindNames(SELECTIONS)[0]!),
  epochs: epochCount,
  /** It ends where so many epochs in a row have brought no state that is better as `select` says; null: it does not. */
  patience: epochCount.nullable().default(null),
  /**
   * It ends behind the epoch in which it has taken so many minutes; null: it takes as long as it takes. How many epochs that
   * are is the machine's affair.
   */
  minutes: z.number().positive().nullable().default(null),
  /** An average of states that is evaluated and kept in their place. */
  average: averageSchema.nullable(),
};

/** What a configuration says of that. */
export const courseShape = {
  ...lengthShape,
  /** Only the part to the end of this epoch is trained, at the rates of the whole; null: all of it. */
  until_epoch: epochCount.nullable().default(null),
};

/** What the stage is told: `epochs` are those of the part. */
export const partShape = {
  ...lengthShape,
  /** Epochs of the whole training, where rates depend on them; null: they do not. */
  horizon_epochs: epochCount.nullable().default(null),
};

/** What a configuration says of trainings that only evaluation is told. */
export const testedShape = {
  /** Whose figures on the test split count: those of the best state, or of the last one. */
  test: z.enum(TESTED),
};

/** Slices of all stages that train. */
export const trainingShape = {
  ...networkShape,
  /** A kind of `augment/kinds.ts`, with its own values. */
  augment: kindSchema,
  optim: optimSchema,
  trainer: trainerSchema,
  seed: z.int(),
  backend: backendSchema,
};
