/** From the clips of a split to its index. Pure. */
import type { Example, ExampleIndex } from "../../records/example_index.ts";
import type { Report } from "../contract.ts";
import type { SoundFile } from "./listing.ts";

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

/** Says in the log what became of a split. */
export function tellWords({ split, examples, notes, skipped }: ExampleIndex, report: Report): void {
  report.note(
    "info",
    `${examples.length} ${split} clips, split by ${notes["split_by"]}; ${notes["resampled"]} to resample, ` +
      `${notes["mixed_down"]} to mix down, ${notes["padded"]} to pad, ${notes["trimmed"]} to trim, ` +
      `${notes["left_out"]} left out.`,
  );
  if (skipped.length > 0) {
    report.note("warning", `${skipped.length} unreadable files skipped, the first: ${skipped[0]!.reason}`);
  }
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

function exampleOf({ file: { path }, label, speaker, start }: Clip, clipSamples: number): Example {
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
