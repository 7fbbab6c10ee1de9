/** Cuts examples of silence from long background recordings. */
import type { Clip, SplitName } from "./dataset_index.ts";
import { SILENCE, VALIDATION_NOISE } from "../data/words_layout/vocabulary.ts";

export interface Recording {
  /** Relative to the data set's folder. */
  readonly path: string;
  /** The file's name without `.wav`. */
  readonly stem: string;
  readonly sampleRate: number;
  /** Samples of each channel. */
  readonly frames: number;
}

/**
 * Windows of the clips' length, half overlapping. As in Speech Commands' own preparation `running_tap` is for
 * validation; of every other recording the first two thirds are for training and the last third is for testing.
 * Without a `running_tap` each recording gives its first half to training, then a quarter each to validation and
 * testing. No window crosses such a border, so no sample is in two splits.
 *
 * @param clipSeconds Length of a window.
 * @returns By path, then start.
 */
export function silenceWindows(
  recordings: readonly Recording[],
  clipSeconds: number,
): Readonly<Record<SplitName, readonly Clip[]>> {
  const windows: Record<SplitName, Clip[]> = { train: [], validation: [], test: [] };
  const hasValidation = recordings.some(({ stem }) => stem === VALIDATION_NOISE);
  for (const recording of [...recordings].sort((a, b) => a.path < b.path ? -1 : 1)) {
    for (const [split, begin, end] of parts(recording, hasValidation)) {
      const length = Math.ceil(clipSeconds * recording.sampleRate);
      const step = Math.max(1, Math.floor(length / 2));
      for (
        let start = Math.ceil(begin * recording.frames);
        start + length <= end * recording.frames;
        start += step
      ) {
        windows[split].push({ path: recording.path, label: SILENCE, speaker: recording.stem, start });
      }
    }
  }
  return windows;
}

/** `count` of the items, spread evenly over them; all of them if there are no more. */
export function spreadOver<T>(items: readonly T[], count: number): T[] {
  if (count >= items.length) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.floor((i + 0.5) * items.length / count)]!);
}

function parts(
  { stem }: Recording,
  hasValidation: boolean,
): readonly (readonly [SplitName, number, number])[] {
  if (!hasValidation) return [["train", 0, 1 / 2], ["validation", 1 / 2, 3 / 4], ["test", 3 / 4, 1]];
  return stem === VALIDATION_NOISE ? [["validation", 0, 1]] : [["train", 0, 2 / 3], ["test", 2 / 3, 1]];
}
