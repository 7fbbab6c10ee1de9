/** What a training is told, in its file form: shared by configuration and stages. Pure. */
import { z } from "zod";
import { backendSchema, networkShape } from "../records/specs.ts";
import { scheduleSchema } from "./schedule.ts";

/** A group of parameters: STFT kernels, filters, everything behind the front-end. */
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
});

/** How examples are drawn. */
export const trainerSchema = z.strictObject({
  batch_size: z.int().min(1).max(10_000),
  /** A sampler of the task. */
  sampler: z.string(),
  /** Examples drawn an epoch; null: as many as there are. */
  clips_per_epoch: z.int().min(1).nullable(),
});

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
