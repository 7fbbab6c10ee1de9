/** Folders of words that are nowhere on disk, and what their indices say. */
import type { Listing, ReadFiles, SoundFile } from "../../../lib/data/words_layout/listing.ts";
import { speakerOf } from "../../../lib/data/words_layout/speaker.ts";
import { type ExampleIndex, type SplitName, SPLITS } from "../../../lib/records/example_index.ts";

export type Indices = Readonly<Record<SplitName, ExampleIndex>>;

export function soundFile(folder: string, name: string, frames = 16000): SoundFile {
  const speaker = speakerOf(folder, name);
  return {
    folder,
    path: `${folder}/${name}`,
    speaker,
    sampleRate: 16000,
    channels: 1,
    frames,
    isFine: false,
    gain: 1,
    isBeyond: false,
  };
}

/** Paths that a folder's own lists name. */
export interface ListedPaths {
  readonly validation: ReadonlySet<string>;
  readonly testing: ReadonlySet<string>;
}

export function listingOf(name: string, files: readonly SoundFile[], lists?: ListedPaths): Listing {
  const text = (paths?: ReadonlySet<string>) => paths === undefined ? undefined : [...paths].join("\n");
  const listed = files.map(({ folder, path, speaker }) => ({ folder, path, speaker }));
  return {
    name,
    folders: [...new Set(files.map(({ folder }) => folder))].sort(),
    files: listed.sort((a, b) => a.path < b.path ? -1 : 1),
    lists: { validation: text(lists?.validation), testing: text(lists?.testing) },
    findings: [],
  };
}

/** Every split's index. @param index Gets at headers through `read`. */
export function indices(
  files: readonly SoundFile[],
  index: (split: SplitName, read: (listed: Listing["files"]) => ReadFiles) => ExampleIndex,
): Record<SplitName, ExampleIndex> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const read = (listed: Listing["files"]) => ({
    files: listed.map(({ path }) => byPath.get(path)!),
    skipped: [],
  });
  const [train, validation, test] = SPLITS.map((split) => index(split, read));
  return { train: train!, validation: validation!, test: test! };
}

/** Clips of each class. */
export function counts({ classes, examples }: ExampleIndex): Record<string, number> {
  return Object.fromEntries(
    classes.map((name) => [name, examples.filter(({ labels }) => labels[0] === name).length]),
  );
}

/** A number that all splits note, added up. */
export function noteSum(all: Indices, key: string): number {
  return SPLITS.reduce((sum, split) => sum + Number(all[split].notes[key]), 0);
}
