/** How a training went, epoch by epoch. `history.json`. */
import { z } from "zod";
import { type Parsed, parseRecordText, toFile } from "../base/record.ts";

/** Raised when the layout changes. */
const FORMAT = 1;

export const epochSchema = z.strictObject({
  /** From 1. */
  epoch: z.int().positive(),
  /** Steps taken since the start, to the end of this epoch. */
  steps: z.int().nonnegative(),
  /** Of the epoch's last step, per parameter group. */
  lr: z.record(z.string(), z.number()),
  /** Means over the clips drawn, each under the parameters its step started with. */
  loss: z.number(),
  accuracy: z.number(),
  /** Means over the validation split after the epoch, in evaluation mode. */
  validation_loss: z.number(),
  validation_accuracy: z.number(),
  /** What the best state has least of, where that is not the validation loss. */
  selection: z.number().optional(),
});

/** What may end a training before it has had all the epochs that were asked for. */
export const stoppedSchema = z.strictObject({
  by: z.enum(["patience", "minutes"]),
  /** How many epochs were asked for. */
  wanted_epochs: z.int().positive(),
});

const schema = z.strictObject({
  format: z.literal(FORMAT),
  /** The epoch whose state was kept. */
  best_epoch: z.int().positive(),
  epochs: z.array(epochSchema).min(1),
  /** Absent: it had all epochs that were asked for. */
  stopped: stoppedSchema.optional(),
  /** The time that was allowed; absent: any. Where there is one, another machine may train another number of epochs. */
  minutes: z.number().positive().optional(),
});

export type EpochRecord = Parsed<typeof epochSchema>;
export type History = Parsed<typeof schema>;

/** @param file Names it in errors. @throws {UserError} `bad-file` if it is not a history of this format. */
export function parseHistory(text: string, file: string): History {
  return parseRecordText(schema, text, `Cannot read the training's history ${file}`, "Train again.");
}

export function historyText(history: Omit<History, "format">): string {
  return `${JSON.stringify(toFile(schema, { format: FORMAT, ...history }), null, 2)}\n`;
}
