/** What a network made of every example of a split. `predictions.json`. */
import { z } from "zod";
import { type Parsed, parseRecordText, toFile } from "../base/record.ts";
import { conditionSchema } from "./condition.ts";
import { SPLITS } from "./example_index.ts";

/** Raised when the layout changes. */
const FORMAT = 3;

export const predictionSchema = z.strictObject({
  /** As the index calls the example. */
  name: z.string(),
  /** What it is: names of classes, in order. */
  labels: z.array(z.string()),
  /** What the network took it for. */
  told: z.array(z.string()),
  /** Probability that the network gives to that; null where it is not known. */
  posterior: z.number().nullable(),
});

const schema = z.strictObject({
  format: z.literal(FORMAT),
  task: z.string().min(1),
  split: z.enum(SPLITS),
  /** Under which; null: recordings as they are. */
  condition: conditionSchema.nullable(),
  /** In the order of `posteriors`. */
  classes: z.array(z.string()),
  /** In the index's order. */
  examples: z.array(predictionSchema.extend({
    /** Of each class, where an example has one of them; null: it has many. */
    posteriors: z.array(z.number()).nullable(),
    /** Minus the log probability that the network gives to `labels`, for each label, in nats. */
    loss: z.number(),
    /** Who says it: of a clip of silence the recording of noise; null: not known. */
    speaker: z.string().nullable(),
    /** How long it is, padded or cut where clips are. */
    seconds: z.number(),
    /** What it adds to the score, a quotient of sums. */
    score: z.number(),
    of: z.number(),
  })),
});

export type Prediction = Parsed<typeof predictionSchema>;
export type Predictions = Parsed<typeof schema>;
/** What a network made of one example. */
export type PredictedExample = Predictions["examples"][number];

/** @param file Names it in errors. @throws {UserError} `bad-file` if they are not predictions of this format. */
export function parsePredictions(text: string, file: string): Predictions {
  return parseRecordText(schema, text, `Cannot read the predictions ${file}`, "Evaluate again.");
}

export function predictionsText(predictions: Omit<Predictions, "format">): string {
  return `${JSON.stringify(toFile(schema, { format: FORMAT, ...predictions }), null, 1)}\n`;
}
