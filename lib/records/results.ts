/** Runs side by side, of any task. `results.json`. */
import { z } from "zod";
import type { JsonObject } from "../base/json.ts";
import { type Parsed, parseRecordText, toFile } from "../base/record.ts";
import { conditionSchema } from "./condition.ts";
import { SPLITS } from "./example_index.ts";
import { stoppedSchema } from "./history.ts";
import { intervalSchema, measuredSchema, scoreSchema, TESTED, valuesSchema } from "./metrics.ts";
import { predictionSchema } from "./predictions.ts";

/** Raised when the layout changes. */
const FORMAT = 5;

const other: z.ZodType<JsonObject> = z.record(z.string(), z.json());

const configuration = {
  /** Which parts of the front-end are trained: A nothing, D all, B and C as its kind says, else as `mel+pcen`. */
  setting: z.string().min(1),
  frontend: z.string().min(1),
  model: z.string().min(1),
  /** How many bands the model sees. */
  bands: z.int().positive(),
  /** Whatever else runs differ in: dotted key of the configuration -> value. */
  other,
};

/** What identifies a run. */
export const runSchema = z.strictObject({ run: z.string().min(1), ...configuration, seed: z.int() });

/** A run that was asked for and failed, with its one sentence. */
export const missingSchema = z.strictObject({ run: z.string().min(1), reason: z.string() });

const checkpointSchema = z.strictObject({ epoch: z.int().nonnegative().nullable(), values: valuesSchema });

/** A difference to setting A, with its 95 % interval over what was tested, and over seeds where there are several. */
const gainSchema = intervalSchema.extend({
  /** Two-sided: how often chance alone would give as large a difference. */
  p: z.number(),
  /** The same, corrected by Holm's method for how many comparisons a table has. */
  p_holm: z.number(),
  /** Whether both were tested on the same examples. */
  paired: z.boolean(),
  /** That were drawn in the place of examples; null: examples were. Recordings of noise were drawn likewise. */
  speakers: z.int().positive().nullable(),
  noises: z.int().nonnegative(),
  /** Of a single pair whose examples are right or wrong: told by the one alone, by A alone, and McNemar's exact p. */
  discordant: z.strictObject({ gained: z.int(), lost: z.int(), p: z.number() }).nullable(),
});

const rowSchema = z.strictObject({
  ...runSchema.shape,
  trained_parameters: z.int().nonnegative(),
  /** How many examples it was tested on, and how many of the split could not be. */
  tested: z.int().nonnegative(),
  left_out: z.int().nonnegative(),
  train_seconds: z.number(),
  /** The best checkpoint and that of the last epoch. */
  best: checkpointSchema,
  last: checkpointSchema,
  /** Why training ended with that epoch; absent: it had all that were asked for. */
  stopped: stoppedSchema.optional(),
  /** Which of the two counts. */
  state: z.enum(TESTED),
  /** Of that checkpoint, with a 95 % interval over speakers or examples. */
  score: scoreSchema,
  last_score: z.number(),
  /** Score minus that of the run that differs only in having setting A; null in A, and if there is none. */
  gain_over_a: gainSchema.nullable(),
  /** The same under each of the results' conditions; null where it was not tested under it. */
  conditions: z.array(
    z.strictObject({ score: scoreSchema, gain_over_a: gainSchema.nullable() }).nullable(),
  ),
});

const meanStdSchema = z.strictObject({
  mean: z.number(),
  /** Sample standard deviation (n - 1); null for a single value. */
  std: z.number().nullable(),
  /** How many values. */
  n: z.int().positive(),
});

/** One configuration over its seeds; figures are of the checkpoints that count. */
const summarySchema = z.strictObject({
  ...configuration,
  seeds: z.array(z.int()),
  score: meanStdSchema,
  /** Of the mean score, over seeds and over what they were tested on. */
  interval: intervalSchema,
  /** Of the state after the last epoch, whichever counts. */
  last_score: meanStdSchema,
  values: z.array(meanStdSchema.nullable()),
  /** Over the seeds that both have: what seeds have in common drops out. Null in setting A, and where no seed has both. */
  gain_over_a: meanStdSchema.nullable(),
  /** The same with its interval. */
  gain: gainSchema.nullable(),
  /** The same under each of the results' conditions. */
  conditions: z.array(
    z.strictObject({
      score: meanStdSchema,
      gain_over_a: meanStdSchema.nullable(),
      gain: gainSchema.nullable(),
    }).nullable(),
  ),
});

/** A data set, as far as whoever reads figures has to know it. */
const dataSchema = z.strictObject({
  name: z.string(),
  /** Whether its speech was synthesized; else people were recorded. */
  synthetic: z.boolean(),
  splits: z.array(z.strictObject({
    split: z.enum(SPLITS),
    examples: z.int().nonnegative(),
    /** Null: not known of all. */
    speakers: z.int().nonnegative().nullable(),
    /** Recordings of noise, out of which clips of silence are cut; null likewise. */
    noises: z.int().nonnegative().nullable(),
    seconds: z.number(),
    /** Examples that `dataset.exclude` left out. */
    excluded: z.int().nonnegative(),
  })),
});

/** How results came about. */
const madeSchema = z.strictObject({
  /** Day of the last evaluation, as YYYY-MM-DD. */
  date: z.string().nullable(),
  /** As it would be typed again. */
  command: z.string().nullable(),
  /** Versions of Deno that evaluated, and the first digits of the digest of the code that did. */
  deno: z.array(z.string()),
  code: z.array(z.string()),
});

const schema = z.strictObject({
  format: z.literal(FORMAT),
  ...measuredSchema,
  title: z.string(),
  /** How scores' intervals came about, in words. */
  interval: z.string(),
  /** Name of the column that the score is of. */
  compared_by: z.string(),
  /** Under which runs were tested besides. */
  conditions: z.array(conditionSchema),
  /** What the score is without listening, where one example has one of several classes; null: elsewhere. */
  guessing: z.strictObject({
    classes: z.int().positive(),
    /** Of whoever always says the class that most of the tested examples have. */
    largest: z.number(),
  }).nullable(),
  /** What was learnt from and tested on. */
  data: z.array(dataSchema),
  made: madeSchema,
  rows: z.array(rowSchema).min(1),
  missing: z.array(missingSchema),
  /** Empty if no two runs differ only in their seed. */
  summary: z.array(summarySchema),
  /** A few examples as the run with the best score takes them. */
  told: z.strictObject({ run: z.string(), examples: z.array(predictionSchema) }),
});

export type RunDescription = Parsed<typeof runSchema>;
export type MissingRun = Parsed<typeof missingSchema>;
export type Results = Parsed<typeof schema>;
export type ResultRow = Results["rows"][number];
export type SummaryRow = Results["summary"][number];
/** What was compared, and how it came about. */
export type Provenance = Pick<Results, "data" | "made">;
export type GainInterval = Parsed<typeof gainSchema>;
export type MeanStd = Parsed<typeof meanStdSchema>;

/** @param file Names it in errors. @throws {UserError} `bad-file` if they are not results of this format. */
export function parseResults(text: string, file: string): Results {
  return parseRecordText(schema, text, `Cannot read the results ${file}`, "Run the command again.");
}

export function resultsText(results: Omit<Results, "format">): string {
  return `${JSON.stringify(toFile(schema, { format: FORMAT, ...results }), null, 2)}\n`;
}
