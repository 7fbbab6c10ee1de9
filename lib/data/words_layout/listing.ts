/** What the listing of a folder in Speech Commands' layout says, and which class a file of it is. Pure. */
import type { AudioFacts } from "../../audio/recording.ts";
import { UserError } from "../../base/errors.ts";
import { suggestion } from "../../base/nearest.ts";
import type { SkippedFile } from "../../records/example_index.ts";
import { BACKGROUND_NOISE, SILENCE, UNKNOWN } from "./vocabulary.ts";

/** A file by its name. */
export interface ListedFile {
  /** The folder it lies in: a word, `_silence_`, `_unknown_` or `_background_noise_`. */
  readonly folder: string;
  /** Relative to the data set's folder, with `/`. */
  readonly path: string;
  readonly speaker: string;
}

export interface Listing {
  /** What messages call the folder. */
  readonly name: string;
  /** Sub-folders with WAVE files in them, by name. */
  readonly folders: readonly string[];
  /** WAVE files by path. */
  readonly files: readonly ListedFile[];
  /** Paths in `validation_list.txt` and `testing_list.txt`, or undefined if one of the files is missing. */
  readonly lists:
    | { readonly validation: ReadonlySet<string>; readonly testing: ReadonlySet<string> }
    | undefined;
}

/** A file with what its header says. */
export type SoundFile = ListedFile & AudioFacts;

/** Of the files that were asked for: those that can be read, in the same order, and those that cannot, by path. */
export interface ReadFiles {
  readonly files: readonly SoundFile[];
  readonly skipped: readonly SkippedFile[];
}

export function labelOf(folder: string, targets: readonly string[]): string {
  return folder === SILENCE || targets.includes(folder) ? folder : UNKNOWN;
}

/** @throws {UserError} `bad-dataset` if a target has no folder. */
export function checkTargets({ name, folders }: Listing, targets: readonly string[]): void {
  const missing = targets.find((target) => !folders.includes(target));
  if (missing === undefined) return;
  const words = folders.filter((folder) => folder !== BACKGROUND_NOISE);
  throw new UserError(
    "bad-dataset",
    `Cannot index ${name}: the target "${missing}" has no folder with WAVE files; found ` +
      `${words.join(", ") || "none"}.${
        suggestion(missing, words)
      } Set dataset.targets to words that the folder has.`,
  );
}
