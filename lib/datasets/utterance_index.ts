/** The index of a corpus of utterances: which stretch of which file says what, in which split. */
import { z } from "zod";
import { UserError } from "../base/errors.ts";
import { schemaProblem } from "../base/schema_problem.ts";
import { type SplitName, SPLITS } from "./dataset_index.ts";

/** Raised when the layout of `index.json` changes. */
const FORMAT = 1;

/** What a recogniser's classes are. */
export const OUTPUTS = ["phone", "character", "word"] as const;
export type Output = typeof OUTPUTS[number];

/** Class 0: connectionist temporal classification's "nothing new". */
export const BLANK_CLASS = "<blank>";
/** What validation and test say and training never does. */
export const UNKNOWN_CLASS = "<unknown>";

const utteranceSchema = z.strictObject({
  name: z.string().min(1),
  path: z.string().min(1),
  speaker: z.string(),
  start: z.int().nonnegative().optional(),
  count: z.int().positive().optional(),
  samples: z.int().positive(),
  transcript: z.string(),
});

const indexSchema = z.strictObject({
  format: z.literal(FORMAT),
  output: z.enum(OUTPUTS),
  classes: z.array(z.string()).min(2),
  sample_rate: z.int().positive(),
  splits: z.strictObject({
    train: z.array(utteranceSchema),
    validation: z.array(utteranceSchema),
    test: z.array(utteranceSchema),
  }),
  notes: z.strictObject({
    resampled: z.int().nonnegative(),
    mixed_down: z.int().nonnegative(),
    left_out: z.int().nonnegative(),
    unknown_labels: z.int().nonnegative(),
    shared_speakers: z.int().nonnegative(),
    skipped: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  }),
});

/** One utterance: a file, or a stretch of one. */
export interface Utterance {
  /** Unique in the index. */
  readonly name: string;
  /** Relative to the corpus's folder, with `/`. */
  readonly path: string;
  readonly speaker: string;
  /** First sample and number of samples of a stretch, at the file's own rate; absent: the whole file. */
  readonly start?: number | undefined;
  readonly count?: number | undefined;
  /** Length at the index's rate. */
  readonly samples: number;
  /** Names of classes, with spaces between them. */
  readonly transcript: string;
}

export interface UtteranceNotes {
  /** Utterances of another sample rate than the index's, and of more than one channel. */
  readonly resampled: number;
  readonly mixed_down: number;
  /** Utterances that the settings leave out. */
  readonly left_out: number;
  /** Labels of validation and test that training does not have. */
  readonly unknown_labels: number;
  /** Speakers with utterances in more than one split. */
  readonly shared_speakers: number;
  /** Utterances that could not be read, with the reason. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

export interface UtteranceIndex {
  readonly format: typeof FORMAT;
  readonly output: Output;
  /** {@link BLANK_CLASS} first. */
  readonly classes: readonly string[];
  /** In Hz. */
  readonly sample_rate: number;
  /** By name. */
  readonly splits: Readonly<Record<SplitName, readonly Utterance[]>>;
  readonly notes: UtteranceNotes;
}

/** An utterance as a reader finds it, before classes are known. */
export interface FoundUtterance {
  readonly name: string;
  readonly path: string;
  readonly speaker: string;
  readonly split: SplitName;
  readonly start?: number;
  readonly count?: number;
  /** Of the file. */
  readonly sampleRate: number;
  readonly channels: number;
  /** At the file's own rate, of the stretch where it is one. */
  readonly frames: number;
  /** Phones, characters or words, as {@link Output} says. */
  readonly labels: readonly string[];
}

export interface UtteranceSettings {
  readonly output: Output;
  /** In Hz. */
  readonly sample_rate: number;
}

/**
 * Puts found utterances together: classes, splits, what is to be said of them.
 *
 * @param corpus Names the corpus in errors.
 * @param phones The phones that are told apart; characters and words are those of the training transcripts.
 * @throws {UserError} `bad-dataset` if a split has no utterances.
 */
export function indexUtterances(
  corpus: string,
  found: readonly FoundUtterance[],
  phones: readonly string[],
  settings: UtteranceSettings,
  notes: Pick<UtteranceNotes, "left_out" | "skipped">,
): UtteranceIndex {
  const sorted = found.toSorted((a, b) => a.name < b.name ? -1 : 1);
  const labels = settings.output === "phone"
    ? phones
    : vocabulary(sorted.filter(({ split }) => split === "train"));
  const classes = [BLANK_CLASS, ...labels];
  const known = new Set(classes);
  const splits: Record<SplitName, Utterance[]> = { train: [], validation: [], test: [] };
  let unknown = 0;
  for (const utterance of sorted) {
    const transcript = utterance.labels.map((label) => known.has(label) ? label : UNKNOWN_CLASS);
    unknown += transcript.filter((label, i) => label !== utterance.labels[i]).length;
    const { name, path, speaker, start, count, sampleRate, frames } = utterance;
    splits[utterance.split].push({
      name,
      path,
      speaker,
      ...(start === undefined ? {} : { start, count }),
      samples: Math.ceil(frames * settings.sample_rate / sampleRate),
      transcript: transcript.join(" "),
    });
  }
  const empty = SPLITS.find((split) => splits[split].length === 0);
  if (empty !== undefined) {
    throw new UserError(
      "bad-dataset",
      `Cannot index ${corpus}: the ${empty} split has no utterances, wanted some in every split. Check the folder, and ` +
        `how dataset.split divides it.`,
    );
  }
  return {
    format: FORMAT,
    output: settings.output,
    classes,
    sample_rate: settings.sample_rate,
    splits,
    notes: {
      resampled: sorted.filter(({ sampleRate }) => sampleRate !== settings.sample_rate).length,
      mixed_down: sorted.filter(({ channels }) => channels > 1).length,
      left_out: notes.left_out,
      unknown_labels: unknown,
      shared_speakers: sharedSpeakers(sorted),
      skipped: notes.skipped,
    },
  };
}

/**
 * Reads the text of an `index.json`.
 *
 * @throws {UserError} `bad-file` if it is not an index of this format.
 */
export function parseUtteranceIndex(text: string): UtteranceIndex {
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

/** All labels of the training transcripts in code-unit order, and the class of those it lacks. */
function vocabulary(training: readonly FoundUtterance[]): string[] {
  return [...[...new Set(training.flatMap(({ labels }) => labels))].sort(), UNKNOWN_CLASS];
}

function sharedSpeakers(found: readonly FoundUtterance[]): number {
  const splits = new Map<string, Set<SplitName>>();
  for (const { speaker, split } of found) {
    splits.set(speaker, (splits.get(speaker) ?? new Set()).add(split));
  }
  return [...splits.values()].filter(({ size }) => size > 1).length;
}

function notAnIndex(found: string, cause: unknown): UserError {
  return new UserError(
    "bad-file",
    `Cannot read the corpus's index: wanted index.json of format ${FORMAT}, found ${found}. Index it again.`,
    { cause },
  );
}
