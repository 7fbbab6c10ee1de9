/** What the listing of a folder in Speech Commands' layout says, and which class a file of it is. Pure. */
import { ENDINGS_TEXT } from "../../audio/endings.ts";
import type { AudioFacts } from "../../audio/recording.ts";
import { UserError } from "../../base/errors.ts";
import { suggestion } from "../../base/nearest.ts";
import type { SkippedFile } from "../../records/example_index.ts";
import { type Finding, findingText } from "../finding.ts";
import type { ListTexts } from "./lists.ts";
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
  /** Sub-folders with recordings in them, by name. */
  readonly folders: readonly string[];
  /** Recordings by path. */
  readonly files: readonly ListedFile[];
  readonly lists: ListTexts;
  /** What else is there, and not read. */
  readonly findings: readonly Finding[];
}

/** A file with what its header says. */
export type SoundFile = ListedFile & AudioFacts;

/** Of the files that were asked for: those that can be read, in the same order, and those that cannot, by path. */
export interface ReadFiles {
  readonly files: readonly SoundFile[];
  readonly skipped: readonly SkippedFile[];
}

export function labelOf(folder: string, targets: readonly string[]): string {
  if (folder === SILENCE) return SILENCE;
  return targets.find((target) => target.normalize("NFC") === folder) ?? UNKNOWN;
}

/** @throws {UserError} `bad-dataset` if a target has no folder. */
export function checkTargets({ name, folders, findings }: Listing, targets: readonly string[]): void {
  const missing = targets.find((target) => !folders.includes(target.normalize("NFC")));
  if (missing === undefined) return;
  const words = folders.filter((folder) => folder !== BACKGROUND_NOISE);
  const told = findings.filter(({ level, names }) => level === "warning" && names.length > 0).map(
    findingText,
  );
  throw new UserError(
    "bad-dataset",
    `Cannot index ${name}: the target "${missing}" has no folder with ${ENDINGS_TEXT} files; found ` +
      `${words.join(", ") || "none"}.${
        suggestion(missing, words)
      } Set dataset.targets to words that the folder has.${told.map((text) => ` ${text}`).join("")}`,
  );
}
