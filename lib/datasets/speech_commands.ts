/** Indexes a folder in Speech Commands' layout from what its listing and its files' headers say. Pure. */
import { UserError } from "../base/errors.ts";
import { suggestion } from "../base/nearest.ts";
import { type Clip, type DatasetIndex, INDEX_FORMAT, type SplitName, SPLITS } from "./dataset_index.ts";
import { type Recording, silenceWindows, spreadOver } from "./silence_windows.ts";
import { splitByHash, splitByRank } from "../data/split_rules.ts";
import { BACKGROUND_NOISE, SILENCE, UNKNOWN } from "../data/words_layout/vocabulary.ts";

export interface IndexSettings {
  /** Words to tell apart, in the order of the classes. */
  readonly targets: readonly string[];
  /**
   * Other words form the class `_unknown_`: all of their clips in training, where a sampler balances; in validation
   * and test at most this many times the mean count of a target there, as in the official test set. 0: left out.
   */
  readonly unknown: number;
  /** Clips of `_silence_` in each split, relative to the mean count of a target there; 0: no such class. */
  readonly silence: number;
  readonly split: {
    readonly validation_percent: number;
    readonly testing_percent: number;
    readonly salt: string;
    /** `auto`: `lists` if the folder has both lists, else `hash`. */
    readonly rule: "auto" | "lists" | "hash" | "ranked";
  };
  readonly bad_files: "error" | "skip";
  /** In Hz. */
  readonly sample_rate: number;
  readonly clip_samples: number;
}

/** A readable WAVE file of the folder. */
export interface FolderFile {
  /** The folder it lies in: a word, `_silence_`, `_unknown_` or `_background_noise_`. */
  readonly folder: string;
  /** Relative to the data set's folder, with `/`. */
  readonly path: string;
  readonly speaker: string;
  readonly sampleRate: number;
  readonly channels: number;
  readonly frames: number;
}

export interface FolderContent {
  /** What messages call the folder. */
  readonly name: string;
  /** Sub-folders with WAVE files in them, by name. */
  readonly folders: readonly string[];
  /** In any order. */
  readonly files: readonly FolderFile[];
  /** Paths in `validation_list.txt` and `testing_list.txt`, or undefined if one of the files is missing. */
  readonly lists:
    | { readonly validation: ReadonlySet<string>; readonly testing: ReadonlySet<string> }
    | undefined;
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/**
 * @throws {UserError} `bad-dataset` if a target has no clips, a class has no clips in a split, the lists asked for are
 * missing, or there are too few speakers to divide.
 */
export function indexFolder(content: FolderContent, settings: IndexSettings): DatasetIndex {
  checkTargets(content, settings);
  const classes = [
    ...settings.targets,
    ...(settings.silence > 0 ? [SILENCE] : []),
    ...(settings.unknown > 0 ? [UNKNOWN] : []),
  ];
  const sorted = [...content.files].sort((a, b) => a.path < b.path ? -1 : 1);
  const labelled = sorted.filter((file) => file.folder !== BACKGROUND_NOISE)
    .map((file) => ({ file, label: labelOf(file.folder, settings) }));
  const used = labelled.filter(({ label }) => classes.includes(label));
  const rule = ruleFor(content, settings);
  const splitOf = splitter(rule, content, settings, used.map(({ file }) => file));

  const splits: Record<SplitName, Clip[]> = { train: [], validation: [], test: [] };
  for (const { file, label } of used) {
    splits[splitOf(file)].push({ path: file.path, label, speaker: file.speaker });
  }
  const thinned = settings.unknown > 0 ? thinUnknown(splits, settings) : 0;
  if (settings.silence > 0) addSilence(splits, recordingsOf(sorted), settings);
  const counts = mapSplits((split) =>
    Object.fromEntries(
      classes.map((name) => [name, splits[split].filter(({ label }) => label === name).length]),
    )
  );
  checkCounts(counts, rule, content);
  return {
    format: INDEX_FORMAT,
    classes,
    sample_rate: settings.sample_rate,
    clip_samples: settings.clip_samples,
    split_rule: rule,
    splits,
    counts,
    notes: {
      ...conversions(splits, sorted, settings),
      left_out: labelled.length - used.length + thinned,
      shared_speakers: sharedSpeakers(splits),
      skipped: [...content.skipped].sort((a, b) => a.path < b.path ? -1 : 1),
    },
  };
}

export function labelOf(folder: string, { targets }: Pick<IndexSettings, "targets">): string {
  return folder === SILENCE || targets.includes(folder) ? folder : UNKNOWN;
}

export function checkTargets(
  { name, folders }: FolderContent,
  { targets }: Pick<IndexSettings, "targets">,
): void {
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

type Rule = DatasetIndex["split_rule"];

function ruleFor({ name, lists }: FolderContent, { split }: IndexSettings): Rule {
  if (split.rule === "auto") return lists === undefined ? "hash" : "lists";
  if (split.rule === "lists" && lists === undefined) {
    throw new UserError(
      "bad-dataset",
      `Cannot split ${name} by lists: wanted both validation_list.txt and testing_list.txt in it. Add them, or set ` +
        `dataset.split.rule to hash or ranked.`,
    );
  }
  return split.rule;
}

function splitter(
  rule: Rule,
  content: FolderContent,
  { split }: IndexSettings,
  files: readonly FolderFile[],
): (file: FolderFile) => SplitName {
  if (rule === "lists") {
    const { validation, testing } = content.lists!;
    return ({ path }) => validation.has(path) ? "validation" : testing.has(path) ? "test" : "train";
  }
  const { validation_percent, testing_percent, salt } = split;
  const shares = { validationPercent: validation_percent, testingPercent: testing_percent, salt };
  const clips = new Map<string, number>();
  for (const { folder, speaker } of files) {
    if (folder !== SILENCE) clips.set(speaker, (clips.get(speaker) ?? 0) + 1);
  }
  if (clips.size < SPLITS.length) {
    throw new UserError(
      "bad-dataset",
      `Cannot split ${content.name} by speaker: found ${clips.size} (${
        [...clips.keys()].join(", ")
      }), wanted at ` +
        `least 3. Name files <speaker>_nohash_<take>.wav, or list the clips in validation_list.txt and testing_list.txt.`,
    );
  }
  if (rule === "hash") return ({ speaker }) => splitByHash(speaker, shares);
  const ranks = splitByRank(clips, shares);
  // Files of `_silence_` are numbered: their names are no speakers, so they fall by hash.
  return ({ folder, speaker }) => folder === SILENCE ? splitByHash(speaker, shares) : ranks.get(speaker)!;
}

/** Thins `_unknown_` out in validation and test, evenly over its words. @returns How many clips went. */
function thinUnknown(splits: Record<SplitName, Clip[]>, settings: IndexSettings): number {
  let gone = 0;
  for (const split of ["validation", "test"] as const) {
    const unknown = splits[split].filter(({ label }) => label === UNKNOWN);
    const kept = new Set(spreadOver(unknown, relativeCount(settings.unknown, splits[split], settings)));
    gone += unknown.length - kept.size;
    splits[split] = splits[split].filter((clip) => clip.label !== UNKNOWN || kept.has(clip));
  }
  return gone;
}

/** `share` of the mean count of a target in a split, at least 1. */
function relativeCount(share: number, clips: readonly Clip[], { targets }: IndexSettings): number {
  const ofTargets = clips.filter(({ label }) => targets.includes(label)).length;
  return Math.max(1, Math.round(share * ofTargets / targets.length));
}

/** Fills `_silence_` up with windows to the wanted count, where its own folder has fewer. */
function addSilence(
  splits: Record<SplitName, Clip[]>,
  recordings: readonly Recording[],
  settings: IndexSettings,
): void {
  const { silence, clip_samples, sample_rate } = settings;
  const windows = silenceWindows(recordings, clip_samples / sample_rate);
  for (const split of SPLITS) {
    const own = splits[split].filter(({ label }) => label === SILENCE);
    const wanted = relativeCount(silence, splits[split], settings);
    const chosen = [
      ...spreadOver(own, wanted),
      ...spreadOver(windows[split], Math.max(0, wanted - own.length)),
    ];
    const words = splits[split].filter(({ label }) => label !== SILENCE);
    splits[split] = [...words, ...chosen].sort((a, b) =>
      a.path === b.path ? (a.start ?? 0) - (b.start ?? 0) : a.path < b.path ? -1 : 1
    );
  }
}

export function recordingsOf(files: readonly FolderFile[]): Recording[] {
  return files.filter(({ folder }) => folder === BACKGROUND_NOISE).map(({ path, sampleRate, frames }) => ({
    path,
    stem: path.slice(path.lastIndexOf("/") + 1).replace(/(\.wav)+$/i, ""),
    sampleRate,
    frames,
  }));
}

function checkCounts(counts: DatasetIndex["counts"], rule: Rule, { name }: FolderContent): void {
  for (const split of SPLITS) {
    const empty = Object.entries(counts[split]).filter(([, count]) => count === 0).map(([label]) => label);
    if (empty.length === 0) continue;
    const remedy = empty.includes(SILENCE)
      ? `Set dataset.silence to 0, or add recordings of a few seconds to ${BACKGROUND_NOISE}`
      : rule === "lists"
      ? "Correct the lists, or set dataset.split.rule to ranked"
      : `Set dataset.split.rule to ${rule === "hash" ? "ranked" : "hash"}, other percentages or another salt`;
    throw new UserError(
      "bad-dataset",
      `Cannot index ${name}: split by ${rule}, the ${split} split has no clips of ${
        empty.join(", ")
      }; wanted clips ` +
        `of every class in every split. ${remedy}.`,
    );
  }
}

/** How many clips are of another rate, number of channels or length than wanted. */
export function conversions(
  splits: Readonly<Record<SplitName, readonly Clip[]>>,
  files: readonly FolderFile[],
  { sample_rate, clip_samples }: Pick<IndexSettings, "sample_rate" | "clip_samples">,
) {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const notes = { resampled: 0, mixed_down: 0, padded: 0, trimmed: 0 };
  for (const clip of SPLITS.flatMap((split) => splits[split])) {
    const { sampleRate, channels, frames } = byPath.get(clip.path)!;
    if (sampleRate !== sample_rate) notes.resampled++;
    if (channels > 1) notes.mixed_down++;
    const samples = Math.ceil(frames * sample_rate / sampleRate);
    if (samples < clip_samples) notes.padded++;
    if (samples > clip_samples && clip.start === undefined) notes.trimmed++;
  }
  return notes;
}

/** Speakers of words with clips in more than one split. */
export function sharedSpeakers(splits: Readonly<Record<SplitName, readonly Clip[]>>): number {
  const seen = new Map<string, SplitName>();
  const shared = new Set<string>();
  for (const split of SPLITS) {
    for (const { label, speaker } of splits[split]) {
      if (label === SILENCE) continue;
      if ((seen.get(speaker) ?? split) !== split) shared.add(speaker);
      seen.set(speaker, split);
    }
  }
  return shared.size;
}

export function mapSplits<T>(make: (split: SplitName) => T): Record<SplitName, T> {
  return { train: make("train"), validation: make("validation"), test: make("test") };
}
