/** The index of one split of a data set: which stretch of which file says what. `index.json`. */
import { z } from "zod";
import { type Parsed, parseRecordText, toFile } from "../base/record.ts";

/** Raised when the layout changes. */
const FORMAT = 3;

export const SPLITS = ["train", "validation", "test"] as const;
export type SplitName = typeof SPLITS[number];

const exampleSchema = z.strictObject({
  /** Unique in the split: what messages, predictions and reports call the example. */
  name: z.string().min(1),
  /** Which of the data set's recordings the path is in: `audio`. */
  input: z.string().min(1),
  /** Relative to that folder, with `/`. */
  path: z.string().min(1),
  speaker: z.string(),
  /** First sample of a stretch, at the file's own rate; absent: the file's beginning. */
  start: z.int().nonnegative().optional(),
  /** Number of samples of a stretch, at the file's own rate; absent: to the file's end, or the clip's. */
  count: z.int().positive().optional(),
  /** The one that is heard, counted from 0; absent: the mean of all. */
  channel: z.int().nonnegative().optional(),
  /** Length at the index's rate, as it is read: that of all clips where clips are cut to one length. */
  samples: z.int().positive(),
  /** Names of classes, in the order in which they are said. */
  labels: z.array(z.string().min(1)),
});

const schema = z.strictObject({
  format: z.literal(FORMAT),
  split: z.enum(SPLITS),
  classes: z.array(z.string()).min(1),
  /** In Hz. */
  sample_rate: z.int().positive(),
  /** Clips are padded and trimmed to this length; null: examples are as long as they are. */
  clip_samples: z.int().positive().nullable(),
  /** How waves are kept: as 16-bit integers, or as 32-bit floats where a recording has more than 16 bits. */
  sample_bits: z.union([z.literal(16), z.literal(32)]),
  /** In the order of their rows in features. */
  examples: z.array(exampleSchema),
  /** What was found and what was done with it, by what it is: `resampled`, `left_out`. */
  notes: z.record(z.string(), z.union([z.number(), z.string()])),
  /** Files that could not be used, with the reason. */
  skipped: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
});

export type ExampleIndex = Omit<Parsed<typeof schema>, "format">;
export type Example = ExampleIndex["examples"][number];
export type SkippedFile = ExampleIndex["skipped"][number];

/** @param file Names it in errors. @throws {UserError} `bad-file` if it is not an index of this format. */
export function parseIndex(text: string, file: string): ExampleIndex {
  const { format: _, ...index } = parseRecordText(
    schema,
    text,
    `Cannot read the data set's index ${file}`,
    "Index the data set again.",
  );
  return index;
}

export function indexText(index: ExampleIndex): string {
  return `${JSON.stringify(toFile(schema, { format: FORMAT, ...index }), null, 1)}\n`;
}
