/** How enrolling own words went: `enrolment.json`. */
import { z } from "zod";
import { type Parsed, parseRecordText, toFile } from "../base/record.ts";

const schema = z.strictObject({
  /** In the order of the outputs. */
  classes: z.array(z.string()).min(1),
  words: z.array(z.strictObject({
    word: z.string(),
    takes: z.array(z.strictObject({
      name: z.string(),
      /** Probability of the word by a head that did not learn from the take; null for a word's only one. */
      score: z.number().min(0).max(1).nullable(),
    })),
  })),
  /** Clips of what the body was trained on, and how many of them count as a new word; null: there were none. */
  background: z.strictObject({ clips: z.int().min(0), alarms: z.int().min(0) }).nullable(),
});

export type EnrolmentRecord = Parsed<typeof schema>;

export function enrolmentText(record: EnrolmentRecord): string {
  return `${JSON.stringify(toFile(schema, record), null, 2)}\n`;
}

/** @param file Names it in errors. @throws {UserError} `bad-file`. */
export function parseEnrolment(text: string, file: string): EnrolmentRecord {
  return parseRecordText(schema, text, `Cannot read ${file}`, "Enrol again.");
}
