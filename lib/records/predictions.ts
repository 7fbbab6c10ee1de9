/** What a network made of every example of a split. `predictions.json`. */
import { z } from "zod";
import { type Parsed, parseRecordText, toFile } from "../base/record.ts";
import { SPLITS } from "./example_index.ts";

/** Raised when the layout changes. */
const FORMAT = 2;

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
  /** In the index's order; `score` and `of` are what each adds to the score, a quotient of sums. */
  examples: z.array(predictionSchema.extend({ score: z.number(), of: z.number() })),
});

export type Prediction = Parsed<typeof predictionSchema>;
export type Predictions = Parsed<typeof schema>;

/** @param file Names it in errors. @throws {UserError} `bad-file` if they are not predictions of this format. */
export function parsePredictions(text: string, file: string): Predictions {
  return parseRecordText(schema, text, `Cannot read the predictions ${file}`, "Evaluate again.");
}

export function predictionsText(predictions: Omit<Predictions, "format">): string {
  return `${JSON.stringify(toFile(schema, { format: FORMAT, ...predictions }), null, 1)}\n`;
}
