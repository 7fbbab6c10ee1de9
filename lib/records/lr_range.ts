/** A learning-rate range test. `lr_range.json`. */
import { z } from "zod";
import { type Parsed, parseRecordText, toFile } from "../base/record.ts";

/** Raised when the layout changes. */
const FORMAT = 1;

/** By group of parameters. */
const rates = z.object({ stft: z.number(), mel: z.number(), model: z.number() }).catchall(z.number());

const schema = z.strictObject({
  format: z.literal(FORMAT),
  /** Of the group `model`. */
  range: z.strictObject({ low: z.number(), high: z.number(), steps: z.int() }),
  /** Fewer than the range's steps if the loss grew beyond use. */
  points: z.array(z.strictObject({ step: z.int(), rates, loss: z.number(), smoothed: z.number() })),
  /** For the group `model`; null if the loss never fell. */
  suggestion: z.strictObject({ steepest: z.number(), lowest: z.number(), tenth_of_lowest: z.number() })
    .nullable(),
  /** Rates at the range's end: suggestions for other groups have the same ratios. */
  highest: rates,
  /** The groups that are trained. */
  groups: z.array(z.string()),
});

export type LrRangeRecord = Omit<Parsed<typeof schema>, "format">;

/** @param file Names it in errors. @throws {UserError} `bad-file` if it is no such record. */
export function parseLrRange(text: string, file: string): LrRangeRecord {
  return parseRecordText(schema, text, `Cannot read the range test ${file}`, "Test again.");
}

export function lrRangeText(record: LrRangeRecord): string {
  return `${JSON.stringify(toFile(schema, { format: FORMAT, ...record }), null, 2)}\n`;
}
