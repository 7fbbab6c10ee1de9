/** The index of a labelled audio folder: which stretch of which file is which class, in which split. */
import { z } from "zod";
import { UserError } from "../base/errors.ts";
import { schemaProblem } from "../base/schema_problem.ts";

/** Raised when the layout of `index.json` changes. */
export const INDEX_FORMAT = 1;

export const SPLITS = ["train", "validation", "test"] as const;
export type SplitName = typeof SPLITS[number];

const clipSchema = z.strictObject({
  path: z.string().min(1),
  label: z.string().min(1),
  speaker: z.string(),
  start: z.int().nonnegative().optional(),
});

const indexSchema = z.strictObject({
  format: z.literal(INDEX_FORMAT),
  classes: z.array(z.string()).min(1),
  sample_rate: z.int().positive(),
  clip_samples: z.int().positive(),
  split_rule: z.enum(["lists", "hash", "ranked"]),
  splits: z.strictObject({
    train: z.array(clipSchema),
    validation: z.array(clipSchema),
    test: z.array(clipSchema),
  }),
  counts: z.record(z.enum(SPLITS), z.record(z.string(), z.int().nonnegative())),
  notes: z.strictObject({
    resampled: z.int().nonnegative(),
    mixed_down: z.int().nonnegative(),
    padded: z.int().nonnegative(),
    trimmed: z.int().nonnegative(),
    left_out: z.int().nonnegative(),
    shared_speakers: z.int().nonnegative(),
    skipped: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  }),
});

/** One example: a file of the folder, or a window of it. */
export interface Clip {
  /** Relative to the folder (to the test set's own, for its clips, if there is one), with `/`. */
  readonly path: string;
  /** One of the index's classes. */
  readonly label: string;
  readonly speaker: string;
  /** First sample of a window of a longer recording, at the file's own rate; absent: the file's beginning. */
  readonly start?: number | undefined;
}

export interface DatasetNotes {
  /** Clips of another sample rate than the index's. */
  readonly resampled: number;
  /** Clips of more than one channel. */
  readonly mixed_down: number;
  /** Clips shorter, and longer, than the index's clips. */
  readonly padded: number;
  readonly trimmed: number;
  /** Clips of words that are no targets, where unknown words, or so many of them, are not wanted. */
  readonly left_out: number;
  /** Speakers of words with clips in more than one split, which only a folder's own lists can bring about. */
  readonly shared_speakers: number;
  /** Files that could not be read, with the reason. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

export interface DatasetIndex {
  readonly format: typeof INDEX_FORMAT;
  /** Targets in the order asked for, then `_silence_` and `_unknown_` where wanted. */
  readonly classes: readonly string[];
  /** In Hz. */
  readonly sample_rate: number;
  readonly clip_samples: number;
  readonly split_rule: "lists" | "hash" | "ranked";
  /** Clips of each split by path, then start. */
  readonly splits: Readonly<Record<SplitName, readonly Clip[]>>;
  /** Clips by split and class. */
  readonly counts: Readonly<Record<SplitName, Readonly<Record<string, number>>>>;
  readonly notes: DatasetNotes;
}

/**
 * Reads the text of an `index.json`.
 *
 * @throws {UserError} `bad-file` if it is not an index of this format.
 */
export function parseIndex(text: string): DatasetIndex {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notAnIndex(error instanceof Error ? error.message : String(error), error);
  }
  const parsed = indexSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw notAnIndex(schemaProblem(parsed.error), parsed.error);
}

function notAnIndex(found: string, cause: unknown): UserError {
  return new UserError(
    "bad-file",
    `Cannot read the data set's index: wanted index.json of format ${INDEX_FORMAT}, found ${found}. Index it again.`,
    { cause },
  );
}
