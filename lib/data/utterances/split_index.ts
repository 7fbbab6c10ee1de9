/** From the utterances of a split to its index. Pure. */
import type { AudioFacts } from "../../audio/recording.ts";
import { resampledLength } from "../../audio/resample.ts";
import { UserError } from "../../base/errors.ts";
import type { ExampleIndex, SkippedFile, SplitName } from "../../records/example_index.ts";
import type { Evaluated, Report } from "../contract.ts";
import { durationText, type Finding, rangeFindings, tellFindings, tellSkipped } from "../finding.ts";
import { BLANK_CLASS, type Output, UNKNOWN_CLASS } from "./schema.ts";

/** An utterance as a reader finds it, before classes are known. */
export interface FoundUtterance extends AudioFacts {
  /** Unique in the split. */
  readonly name: string;
  /** Relative to the corpus's folder, with `/`. */
  readonly path: string;
  readonly speaker: string;
  /** First sample and number of samples of a stretch, at the file's own rate; absent: the whole file. */
  readonly start?: number;
  readonly count?: number;
  /** The one that is heard, counted from 0; absent: the mean of all. */
  readonly channel?: number;
  /** Phones, characters or words, as {@link Output} says. */
  readonly labels: readonly string[];
}

export interface FoundSplit {
  readonly split: SplitName;
  readonly found: readonly FoundUtterance[];
  readonly skipped: readonly SkippedFile[];
  /** Utterances that the settings leave out. */
  readonly leftOut: number;
  /** Speakers of the split who are in another split too. */
  readonly sharedSpeakers: number;
  /** A sentence: what helps if nothing is found although all can be read. */
  readonly remedy: string;
}

export interface ClassSettings {
  readonly output: Output;
  readonly evaluated: Evaluated;
}

/**
 * @param phones The phones that are told apart.
 * @param training Classes of the training split, where another split is indexed and they are not phones.
 * @returns {@link BLANK_CLASS} first; the labels of training transcripts in code-unit order.
 */
export function classesOf(
  { output, evaluated }: ClassSettings,
  phones: readonly string[],
  found: readonly FoundUtterance[],
  training: readonly string[] | undefined,
): readonly string[] {
  if (evaluated !== null) return evaluated;
  if (output === "phone") return [BLANK_CLASS, ...phones];
  const own = () => [...new Set(found.flatMap(({ labels }) => labels))].sort();
  return training ?? [BLANK_CLASS, ...own(), UNKNOWN_CLASS];
}

/**
 * @param corpus Names the corpus in errors.
 * @returns Its utterances by name.
 * @throws {UserError} `bad-dataset` if the split has no utterances, unless a checkpoint is evaluated, or one says what is
 *   no class.
 */
export function indexUtterances(
  corpus: string,
  { split, found, skipped, leftOut, sharedSpeakers, remedy }: FoundSplit,
  classes: readonly string[],
  { sampleRate, evaluated }: { readonly sampleRate: number; readonly evaluated: Evaluated },
): ExampleIndex {
  if (found.length === 0 && evaluated === null) {
    throw new UserError(
      "bad-dataset",
      `Cannot index ${corpus}: the ${split} split has no utterances, wanted some in every split. ${
        skipped.length === 0 ? remedy : `Repair its ${skipped.length} files that cannot be read.`
      }`,
    );
  }
  const known = new Set(classes);
  const examples = found.toSorted((a, b) => a.name < b.name ? -1 : 1).map((utterance) => {
    const { name, path, speaker, start, count, channel, frames } = utterance;
    return {
      name,
      input: "audio",
      path,
      speaker,
      ...(start === undefined ? {} : { start, count }),
      ...(channel === undefined ? {} : { channel }),
      samples: resampledLength(count ?? frames, utterance.sampleRate, sampleRate),
      labels: utterance.labels.map((label) => known.has(label) ? label : unknown(label, name, known)),
    };
  });
  return {
    split,
    classes,
    sampleRate,
    clipSamples: null,
    sampleBits: found.some(({ isFine }) => isFine) ? 32 : 16,
    examples,
    notes: {
      resampled: found.filter((utterance) => utterance.sampleRate !== sampleRate).length,
      mixed_down: found.filter(({ channels, channel }) => channels > 1 && channel === undefined).length,
      left_out: leftOut,
      unknown_labels: found.flatMap(({ labels }) => labels).filter((label) => !known.has(label)).length,
      shared_speakers: sharedSpeakers,
    },
    skipped,
  };
}

/** Says in the log what became of a split. */
export function tellUtterances(
  { split, classes, sampleRate, sampleBits, examples, notes, skipped }: ExampleIndex,
  { found, findings }: { readonly found: readonly FoundUtterance[]; readonly findings: readonly Finding[] },
  report: Report,
): void {
  report.note(
    "info",
    `${examples.length} ${split} utterances, ${
      durationText(examples.reduce((sum, { samples }) => sum + samples, 0) / sampleRate)
    }, ${classes.length} classes; ${notes["resampled"]} to resample, ${notes["mixed_down"]} to mix down, ${
      notes["left_out"]
    } left out, ${notes["shared_speakers"]} speakers in another split too.`,
  );
  report.note(
    "info",
    `Taken: ${new Set(examples.map(({ path }) => path)).size} files, ${
      new Set(examples.map(({ speaker }) => speaker)).size
    } speakers${sampleBits === 16 ? "" : "; kept as 32-bit floats, as some have more than 16 bits"}.`,
  );
  if (notes["unknown_labels"] !== 0) {
    report.note(
      "warning",
      `${notes["unknown_labels"]} labels of the ${split} split are not in training: all one class.`,
    );
  }
  tellSkipped(skipped, "utterances", report);
  tellFindings([...findings, ...rangeFindings(found)], report);
}

function unknown(label: string, name: string, known: ReadonlySet<string>): string {
  if (known.has(UNKNOWN_CLASS)) return UNKNOWN_CLASS;
  throw new UserError(
    "bad-dataset",
    `Cannot use ${name}: it says "${label}", which is none of the checkpoint's classes. Evaluate it on recordings of its ` +
      `own phones.`,
  );
}
