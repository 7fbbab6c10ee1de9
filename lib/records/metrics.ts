/**
 * How well checkpoints do on one split: `metrics.json` of a training's two, `evaluation.json` of one from anywhere. It
 * says what its figures are, so that whoever compares or draws them needs to know no task.
 */
import { z } from "zod";
import { type Parsed, parseRecordText, toFile } from "../base/record.ts";
import type { TaskKind } from "../tasks/contract.ts";
import { conditionSchema } from "./condition.ts";
import { SPLITS } from "./example_index.ts";
import { predictionSchema } from "./predictions.ts";

/** Raised when the layout changes. */
const FORMAT = 4;

/** As `FigureColumn` of `lib/tasks`. */
const columnSchema = z.strictObject({
  name: z.string().min(1),
  title: z.string().min(1),
  lower_is_better: z.boolean(),
  as: z.enum(["percent", "number", "count"]),
});

export const intervalSchema = z.strictObject({ value: z.number(), low: z.number(), high: z.number() });

/** As `ScoreInterval` of `lib/metrics`. */
export const scoreSchema = intervalSchema.extend({
  method: z.enum(["wilson", "bootstrap"]),
  speakers: z.int().positive().nullable(),
  noises: z.int().nonnegative(),
});

/** One figure for each column; null where there is none, or it is not finite. */
export const valuesSchema = z.array(z.number().nullable());

const checkpointSchema = z.strictObject({
  /** The epoch that ended in this state; null where the checkpoint does not say. */
  epoch: z.int().nonnegative().nullable(),
  values: valuesSchema,
  /** What runs are compared by, with a 95 % interval over speakers or examples. */
  score: scoreSchema,
  /** As `Confusion` of `lib/tasks`. */
  confusion: z.strictObject({
    labels: z.array(z.string()),
    counts: z.array(z.array(z.number())),
    nothing: z.boolean(),
  }),
});

/** What a task says of its figures, once for all checkpoints. */
export const measuredSchema = {
  task: z.string().min(1),
  /** How one and several of its examples are called. */
  example: z.string(),
  examples: z.string(),
  /** What `values` are, most important first. */
  columns: z.array(columnSchema).min(1),
};

const shared = {
  format: z.literal(FORMAT),
  ...measuredSchema,
  split: z.enum(SPLITS),
  /** Under which; null: recordings as they are. */
  condition: conditionSchema.nullable(),
  classes: z.array(z.string()),
  /** How many examples were told. */
  count: z.int().nonnegative(),
  /** Examples that no path through their frames can spell. */
  left_out: z.array(z.strictObject({ name: z.string(), frames: z.int(), needed: z.int() })),
  trained_parameters: z.int().nonnegative(),
  /** A few examples as the network takes them: of a training, the checkpoint whose figures count. */
  told: z.array(predictionSchema),
};

/** The states of a training that may be tested: the best one, and the last one. */
export const TESTED = ["best", "last"] as const;

const metricsSchema = z.strictObject({
  ...shared,
  /** Whose figures count. */
  tested: z.enum(TESTED),
  checkpoints: z.strictObject({ best: checkpointSchema, last: checkpointSchema }),
});

/** Checkpoint null: the split has no examples. */
const evaluationSchema = z.strictObject({ ...shared, checkpoint: checkpointSchema.nullable() });

export type Metrics = Parsed<typeof metricsSchema>;
export type Evaluation = Parsed<typeof evaluationSchema>;
export type FigureColumn = Parsed<typeof columnSchema>;
/** What a task says of its figures. */
export type Measured = Pick<Metrics, "task" | "example" | "examples" | "columns">;

/** @param task The kind's name. */
export function measuredBy(task: string, { words, figures }: TaskKind): Measured {
  return { task, example: words.example, examples: words.examples, columns: figures };
}

const REMEDY = "Evaluate again.";

/** @param file Names it in errors. @throws {UserError} `bad-file` if it is not such a record. */
export function parseMetrics(text: string, file: string): Metrics {
  return parseRecordText(metricsSchema, text, `Cannot read the figures ${file}`, REMEDY);
}

/** The same for one checkpoint. */
export function parseEvaluation(text: string, file: string): Evaluation {
  return parseRecordText(evaluationSchema, text, `Cannot read the figures ${file}`, REMEDY);
}

export function metricsText(metrics: Omit<Metrics, "format">): string {
  return `${JSON.stringify(toFile(metricsSchema, { format: FORMAT, ...metrics }), null, 1)}\n`;
}

export function evaluationText(evaluation: Omit<Evaluation, "format">): string {
  return `${JSON.stringify(toFile(evaluationSchema, { format: FORMAT, ...evaluation }), null, 1)}\n`;
}
