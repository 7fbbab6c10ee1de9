/** Cuts examples of silence from long background recordings. */
import type { SplitName } from "../../records/example_index.ts";
import type { Clip } from "./clips.ts";
import type { ListedFile, SoundFile } from "./listing.ts";
import { stemOf } from "./speaker.ts";
import { BACKGROUND_NOISE, SILENCE, VALIDATION_NOISE } from "./vocabulary.ts";

/** A stretch of every recording, as parts of its length. */
type Part = readonly [begin: number, end: number];

/**
 * Background recordings with a part for the split. As in Speech Commands' own preparation `running_tap` is for
 * validation; of every other recording the first two thirds are for training and the last third is for testing.
 * Without a `running_tap` each recording gives its first half to training, then a quarter each to validation and
 * testing.
 *
 * @param files Of the whole listing. @returns Each with its part.
 */
export function noisesOf<File extends ListedFile>(
  files: readonly File[],
  split: SplitName,
): { readonly file: File; readonly part: Part }[] {
  const noises = files.filter(({ folder }) => folder === BACKGROUND_NOISE);
  const hasValidation = noises.some((file) => noiseName(file) === VALIDATION_NOISE);
  return noises.flatMap((file) => {
    const part = partOf(noiseName(file), hasValidation, split);
    return part === undefined ? [] : [{ file, part }];
  });
}

/**
 * Windows of the clips' length, half overlapping. None crosses the border of a part, so no sample is in two splits.
 *
 * @param clipSeconds Length of a window.
 */
export function silenceWindows(file: SoundFile, part: Part, clipSeconds: number): Clip[] {
  return windowsIn(file, part, clipSeconds).map((start) => ({
    file,
    label: SILENCE,
    speaker: noiseName(file),
    start,
  }));
}

/** First samples of windows of a part, half overlapping. */
export function windowsIn(
  { sampleRate, frames }: Pick<SoundFile, "sampleRate" | "frames">,
  [begin, end]: Part,
  clipSeconds: number,
): number[] {
  const length = Math.ceil(clipSeconds * sampleRate);
  const step = Math.max(1, Math.floor(length / 2));
  const starts: number[] = [];
  for (let start = Math.ceil(begin * frames); start + length <= end * frames; start += step) {
    starts.push(start);
  }
  return starts;
}

/** `count` of the items, spread evenly over them; all of them if there are no more. */
export function spreadOver<T>(items: readonly T[], count: number): T[] {
  if (count >= items.length) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.floor((i + 0.5) * items.length / count)]!);
}

/** Of a recording without words. */
export function noiseName({ path }: Pick<ListedFile, "path">): string {
  return stemOf(path.slice(path.lastIndexOf("/") + 1));
}

const PARTS: Readonly<Record<SplitName, Part>> = {
  train: [0, 1 / 2],
  validation: [1 / 2, 3 / 4],
  test: [3 / 4, 1],
};
const PARTS_BESIDE_VALIDATION: Readonly<Partial<Record<SplitName, Part>>> = {
  train: [0, 2 / 3],
  test: [2 / 3, 1],
};

function partOf(stem: string, hasValidation: boolean, split: SplitName): Part | undefined {
  if (!hasValidation) return PARTS[split];
  if (stem !== VALIDATION_NOISE) return PARTS_BESIDE_VALIDATION[split];
  return split === "validation" ? [0, 1] : undefined;
}
