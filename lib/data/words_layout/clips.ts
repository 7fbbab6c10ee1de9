/** From the clips of a split to its index. Pure. */
import type { Example, ExampleIndex } from "../../records/example_index.ts";
import type { Report } from "../contract.ts";
import { durationText, type Finding, rangeFindings, tellFindings, tellSkipped } from "../finding.ts";
import type { SoundFile } from "./listing.ts";
import { BACKGROUND_NOISE } from "./vocabulary.ts";

/** A file, or a window of it, as an example of a class. */
export interface Clip {
  readonly file: SoundFile;
  readonly label: string;
  readonly speaker: string;
  /** First sample of a window, at the file's own rate; absent: the file's beginning. */
  readonly start?: number;
}

export interface ClipShape {
  /** In Hz. */
  readonly sampleRate: number;
  readonly clipSamples: number;
}

/** What is told of a split besides what its clips tell. */
export interface WordNotes {
  readonly split_by: "lists" | "hash" | "ranked";
  /** Clips of words that are no targets, where unknown words, or so many of them, are not wanted. */
  readonly left_out: number;
  /** Speakers of the split's words who are in another split too, which only a folder's own lists can bring about. */
  readonly shared_speakers: number;
}

export function clipOf(file: SoundFile, label: string): Clip {
  return { file, label, speaker: file.speaker };
}

/** @returns Its clips by path, then start. */
export function wordIndex(
  base: Pick<ExampleIndex, "split" | "classes" | "skipped">,
  clips: readonly Clip[],
  { sampleRate, clipSamples }: ClipShape,
  notes: WordNotes,
): ExampleIndex {
  const shape = { sampleRate, clipSamples };
  return {
    ...base,
    ...shape,
    sampleBits: clips.some(({ file }) => file.isFine) ? 32 : 16,
    examples: inOrder(clips).map((clip) => exampleOf(clip, clipSamples)),
    notes: { ...notes, ...conversions(clips, shape) },
  };
}

/** Clips of each class. */
export function countClasses(
  clips: readonly Clip[],
  classes: readonly string[],
): ReadonlyMap<string, number> {
  const counts = new Map(classes.map((name) => [name, 0]));
  for (const { label } of clips) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

/**
 * Says in the log what became of a split.
 * @param read All files that were looked at. @param findings What else there is to tell.
 */
export function tellWords(
  { split, examples, notes, skipped, sampleRate, sampleBits }: ExampleIndex,
  read: readonly SoundFile[],
  findings: readonly Finding[],
  report: Report,
): void {
  const files = new Set(examples.map(({ path }) => path));
  const words = new Set(
    [...files].map((path) => path.split("/")[0]!).filter((folder) => !folder.startsWith("_")),
  );
  const spoken = examples.filter(({ start }) => start === undefined);
  const taken = read.filter(({ path }) => files.has(path));
  report.note(
    "info",
    `${examples.length} ${split} clips, split by ${notes["split_by"]}; ${notes["resampled"]} to resample, ` +
      `${notes["mixed_down"]} to mix down, ${notes["padded"]} to pad, ${notes["trimmed"]} to trim, ` +
      `${notes["left_out"]} left out.`,
  );
  report.note(
    "info",
    `Taken: ${files.size} files, ${words.size} words, ${
      new Set(spoken.map(({ speaker }) => speaker)).size
    } speakers, ` +
      `${durationText(examples.reduce((sum, { samples }) => sum + samples, 0) / sampleRate)}` +
      `${sampleBits === 16 ? "" : "; kept as 32-bit floats, as some have more than 16 bits"}.`,
  );
  tellSkipped(skipped, "files", report);
  tellFindings([
    ...findings,
    {
      level: "info",
      what: `${split} clips are more of _unknown_ or _silence_ than wanted and left out`,
      names: read.filter(({ path, folder }) => !files.has(path) && folder !== BACKGROUND_NOISE).map((
        { path },
      ) => path),
    },
    ...rangeFindings(taken),
  ], report);
  if (notes["shared_speakers"] !== 0) {
    report.note(
      "warning",
      `${
        notes["shared_speakers"]
      } speakers of the ${split} split are in another split of the folder's lists too.`,
    );
  }
}

function inOrder(clips: readonly Clip[]): Clip[] {
  return clips.toSorted((a, b) =>
    a.file.path === b.file.path ? (a.start ?? 0) - (b.start ?? 0) : a.file.path < b.file.path ? -1 : 1
  );
}

/** As an index has it. */
export function exampleOf({ file: { path }, label, speaker, start }: Clip, clipSamples: number): Example {
  return {
    name: start === undefined ? path : `${path}@${start}`,
    input: "audio",
    path,
    speaker,
    ...(start === undefined ? {} : { start }),
    samples: clipSamples,
    labels: [label],
  };
}

/** How many clips are of another rate, number of channels or length than wanted. */
function conversions(clips: readonly Clip[], { sampleRate, clipSamples }: ClipShape) {
  const notes = { resampled: 0, mixed_down: 0, padded: 0, trimmed: 0 };
  for (const { file, start } of clips) {
    if (file.sampleRate !== sampleRate) notes.resampled++;
    if (file.channels > 1) notes.mixed_down++;
    const samples = Math.ceil(file.frames * sampleRate / file.sampleRate);
    if (samples < clipSamples) notes.padded++;
    if (samples > clipSamples && start === undefined) notes.trimmed++;
  }
  return notes;
}
