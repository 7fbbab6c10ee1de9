/**
 * Indexes the two archives of Speech Commands v0.02 as the paper's data loader does: training and validation from the
 * main archive by its lists, testing from the official test set. Pure.
 *
 * @see https://github.com/KinWaiCheuk/AudioLoader (`SPEECHCOMMANDS_12C`)
 */
import { UserError } from "../base/errors.ts";
import { type Clip, type DatasetIndex, INDEX_FORMAT, type SplitName, SPLITS } from "./dataset_index.ts";
import {
  checkTargets,
  conversions,
  type FolderContent,
  type FolderFile,
  labelOf,
  mapSplits,
  recordingsOf,
  sharedSpeakers,
} from "./speech_commands.ts";
import type { Recording } from "./silence_windows.ts";
import { BACKGROUND_NOISE, SILENCE, UNKNOWN, VALIDATION_NOISE } from "../data/words_layout/vocabulary.ts";

export interface ArchiveSettings {
  /** Words to tell apart, in the order of the classes. */
  readonly targets: readonly string[];
  readonly bad_files: "error" | "skip";
  /** In Hz. */
  readonly sample_rate: number;
  readonly clip_samples: number;
}

type Splits = Readonly<Record<SplitName, readonly Clip[]>>;

/**
 * Other words than the targets are `_unknown_`, all of them. Silence is cut from `_background_noise_` for training
 * and validation, and lies in its own folder for testing. What the main archive lists for testing is left out.
 *
 * @param main The unpacked `speech_commands_v0.02`. @param test The unpacked `speech_commands_test_set_v0.02`.
 * @returns Paths of the test split are relative to the test set's folder, all others to the main archive's.
 * @throws {UserError} `bad-dataset` if lists, listed clips, a target or all clips of a class are missing.
 */
export function indexArchive(
  main: FolderContent,
  test: FolderContent,
  settings: ArchiveSettings,
): DatasetIndex {
  checkTargets(main, settings);
  checkTargets(test, settings);
  const lists = listsOf(main);
  const words = main.files.filter(({ folder, path }) =>
    folder !== BACKGROUND_NOISE && path.includes("_nohash_")
  );
  const clip = ({ folder, path, speaker }: FolderFile): Clip => ({
    path,
    label: labelOf(folder, settings),
    speaker,
  });
  const inTraining = ({ path }: FolderFile) => !lists.validation.has(path) && !lists.testing.has(path);
  const noises = recordingsOf(main.files);
  const windows = (ofValidation: boolean) =>
    noises.filter(({ stem }) => (stem === VALIDATION_NOISE) === ofValidation)
      .flatMap((recording) => silenceOf(recording, settings));
  const splits: Splits = {
    train: ordered([...words.filter(inTraining).map(clip), ...windows(false)]),
    validation: ordered([
      ...words.filter(({ path }) => lists.validation.has(path)).map(clip),
      ...windows(true),
    ]),
    test: ordered(test.files.filter(({ folder }) => folder !== BACKGROUND_NOISE).map(clip)),
  };
  const classes = [...settings.targets, SILENCE, UNKNOWN];
  const counts = mapSplits((split) =>
    Object.fromEntries(classes.map((c) => [c, splits[split].filter(({ label }) => label === c).length]))
  );
  checkCounts(counts, main, test);
  const [ofMain, ofTest] = [
    conversions({ ...splits, test: [] }, main.files, settings),
    conversions({ train: [], validation: [], test: splits.test }, test.files, settings),
  ];
  return {
    format: INDEX_FORMAT,
    classes,
    sample_rate: settings.sample_rate,
    clip_samples: settings.clip_samples,
    split_rule: "lists",
    splits,
    counts,
    notes: {
      resampled: ofMain.resampled + ofTest.resampled,
      mixed_down: ofMain.mixed_down + ofTest.mixed_down,
      padded: ofMain.padded + ofTest.padded,
      trimmed: ofMain.trimmed + ofTest.trimmed,
      left_out: words.filter(({ path }) => lists.testing.has(path)).length,
      shared_speakers: sharedSpeakers(splits),
      skipped: [...main.skipped, ...test.skipped].sort((a, b) => a.path < b.path ? -1 : 1),
    },
  };
}

/** Windows half overlapping; as in the loader, none that ends with the recording's last sample. */
function silenceOf(
  { path, stem, sampleRate, frames }: Recording,
  { clip_samples, sample_rate }: ArchiveSettings,
): Clip[] {
  const length = Math.ceil(clip_samples * sampleRate / sample_rate);
  const step = Math.max(1, Math.floor(length / 2));
  const count = Math.max(0, Math.ceil((frames - length) / step));
  return Array.from({ length: count }, (_, i) => ({
    path,
    label: SILENCE,
    speaker: stem,
    start: i * step,
  }));
}

function listsOf({ name, lists, files, skipped }: FolderContent): NonNullable<FolderContent["lists"]> {
  if (lists === undefined) {
    throw new UserError(
      "bad-dataset",
      `Cannot index ${name}: wanted validation_list.txt and testing_list.txt in it, as in speech_commands_v0.02. ` +
        `Set dataset.root to the folder into which the archive was unpacked.`,
    );
  }
  const there = new Set([...files, ...skipped].map(({ path }) => path));
  const missing = [...lists.validation].filter((path) => !there.has(path)).sort();
  if (missing.length > 0) {
    throw new UserError(
      "bad-dataset",
      `Cannot index ${name}: validation_list.txt names ${missing.length} clips that are not there, the first: ` +
        `${missing[0]}. Unpack the archive again.`,
    );
  }
  return lists;
}

function checkCounts(counts: DatasetIndex["counts"], main: FolderContent, test: FolderContent): void {
  for (const split of SPLITS) {
    const empty = Object.entries(counts[split]).filter(([, count]) => count === 0).map(([label]) => label);
    if (empty.length === 0) continue;
    throw new UserError(
      "bad-dataset",
      `Cannot index ${split === "test" ? test.name : main.name}: the ${split} split has no clips of ${
        empty.join(", ")
      }; wanted clips of every class. Unpack the whole archive, or use dataset=folder for a part of it.`,
    );
  }
}

function ordered(clips: readonly Clip[]): Clip[] {
  return clips.toSorted((a, b) =>
    a.path === b.path ? (a.start ?? 0) - (b.start ?? 0) : a.path < b.path ? -1 : 1
  );
}
