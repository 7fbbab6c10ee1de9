/**
 * Indexes a split of the two archives of Speech Commands v0.02 as the paper's data loader does: training and validation
 * from the main archive by its lists, testing from the official test set. Pure.
 *
 * @see https://github.com/KinWaiCheuk/AudioLoader (`SPEECHCOMMANDS_12C`)
 */
import { z } from "zod";
import { UserError } from "../../base/errors.ts";
import type { Parsed } from "../../base/record.ts";
import type { ExampleIndex, SplitName } from "../../records/example_index.ts";
import { type Finding, firstOf } from "../finding.ts";
import { evaluatedShape } from "../settings.ts";
import { type Clip, clipOf, type ClipShape, countClasses, wordIndex } from "../words_layout/clips.ts";
import { listFindings, sharedSpeakers } from "../words_layout/divide.ts";
import {
  checkTargets,
  labelOf,
  type ListedFile,
  type Listing,
  type ReadFiles,
  type SoundFile,
} from "../words_layout/listing.ts";
import { type Lists, readLists } from "../words_layout/lists.ts";
import { clipsShape } from "../words_layout/schema.ts";
import { noiseName } from "../words_layout/silence_windows.ts";
import { BACKGROUND_NOISE, SILENCE, UNKNOWN, VALIDATION_NOISE } from "../words_layout/vocabulary.ts";

/** What decides how a split is indexed. */
export const archiveSchema = z.strictObject({ ...clipsShape, ...evaluatedShape });
export type ArchiveSettings = Parsed<typeof archiveSchema>;

/** What a split consists of, before anything is read. */
export interface ArchivePlan {
  readonly split: SplitName;
  readonly notes: { readonly left_out: number; readonly shared_speakers: number };
  /** What the log tells besides. */
  readonly findings: readonly Finding[];
  /** Files whose headers decide the index. */
  readonly files: readonly ListedFile[];
}

/**
 * Other words than the targets are `_unknown_`, all of them. Silence is cut from `_background_noise_` for training
 * and validation, and lies in its own folder for testing. What the main archive lists for testing is left out.
 *
 * @param listing Of the unpacked `speech_commands_test_set_v0.02` for testing, else of `speech_commands_v0.02`.
 * @throws {UserError} `bad-dataset` if lists, listed clips or a target are missing.
 */
export function planArchive(listing: Listing, settings: ArchiveSettings, split: SplitName): ArchivePlan {
  if (settings.evaluated === null) checkTargets(listing, settings.targets);
  const noises = listing.files.filter(({ folder }) => folder === BACKGROUND_NOISE);
  if (split === "test") {
    const files = listing.files.filter(({ folder }) => folder !== BACKGROUND_NOISE);
    return { split, notes: { left_out: 0, shared_speakers: 0 }, files, findings: listing.findings };
  }
  const lists = listsOf(listing);
  const { validation, testing } = lists;
  const words = listing.files.filter(({ folder, path }) =>
    folder !== BACKGROUND_NOISE && path.includes("_nohash_")
  );
  const known = words.filter(({ path }) => !testing.has(path));
  const splitOf = ({ path }: ListedFile) => validation.has(path) ? "validation" : "train";
  const isValidationNoise = (file: ListedFile) => noiseName(file) === VALIDATION_NOISE;
  return {
    split,
    findings: [...listing.findings, ...listFindings(lists)],
    notes: {
      left_out: split === "train" ? words.length - known.length : 0,
      shared_speakers: sharedSpeakers(known, splitOf, split),
    },
    files: [
      ...noises.filter((file) => isValidationNoise(file) === (split === "validation")),
      ...known.filter((file) => splitOf(file) === split),
    ],
  };
}

/**
 * @param read Of the plan's files.
 * @throws {UserError} `bad-dataset` if a class has no clips, unless a checkpoint is evaluated.
 */
export function indexArchive(
  { name }: Listing,
  { split, notes }: ArchivePlan,
  { files, skipped }: ReadFiles,
  settings: ArchiveSettings,
): ExampleIndex {
  const classes = settings.evaluated ?? [...settings.targets, SILENCE, UNKNOWN];
  const clips = files.flatMap((file) =>
    file.folder === BACKGROUND_NOISE
      ? silenceOf(file, settings)
      : [clipOf(file, labelOf(file.folder, settings.targets))]
  ).filter(({ label }) => classes.includes(label));
  if (settings.evaluated === null) checkCounts(clips, classes, split, name);
  return wordIndex({ split, classes, skipped }, clips, settings, { split_by: "lists", ...notes });
}

/** Windows half overlapping; as in the loader, none that ends with the recording's last sample. */
function silenceOf(file: SoundFile, { clipSamples, sampleRate }: ClipShape): Clip[] {
  const length = Math.ceil(clipSamples * file.sampleRate / sampleRate);
  const step = Math.max(1, Math.floor(length / 2));
  const count = Math.max(0, Math.ceil((file.frames - length) / step));
  return Array.from({ length: count }, (_, i) => ({
    file,
    label: SILENCE,
    speaker: noiseName(file),
    start: i * step,
  }));
}

function listsOf({ name, lists: { validation, testing }, files, folders }: Listing): Lists {
  if (validation === undefined || testing === undefined) {
    throw new UserError(
      "bad-dataset",
      `Cannot index ${name}: wanted validation_list.txt and testing_list.txt in it, as in speech_commands_v0.02. ` +
        `Set dataset.root to the folder into which the archive was unpacked.`,
    );
  }
  const read = (texts: Parameters<typeof readLists>[1]) =>
    readLists(name, texts, files.map(({ path }) => path), folders);
  // Test clips of the main archive are not used: they may be missing.
  const { missing: own, elsewhere } = read({ validation, testing: "" });
  const missing = [...own, ...elsewhere];
  if (missing.length > 0) {
    throw new UserError(
      "bad-dataset",
      `Cannot index ${name}: validation_list.txt names ${missing.length} clips that are not there: ${
        firstOf(missing)
      }. Unpack the archive again, or take a part of it as a folder of words.`,
    );
  }
  return read({ validation, testing });
}

function checkCounts(
  clips: readonly Clip[],
  classes: readonly string[],
  split: SplitName,
  name: string,
): void {
  const empty = [...countClasses(clips, classes)].filter(([, count]) => count === 0).map(([label]) => label);
  if (empty.length === 0) return;
  throw new UserError(
    "bad-dataset",
    `Cannot index ${name}: the ${split} split has no clips of ${
      empty.join(", ")
    }; wanted clips of every class. Unpack ` +
      `the whole archive, or take a part of it as a folder of words.`,
  );
}
