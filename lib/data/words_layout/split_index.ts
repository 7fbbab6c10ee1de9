/** Indexes a split of a folder in Speech Commands' layout: from names, what to read; from headers, the index. Pure. */
import type { Parsed } from "../../base/record.ts";
import { type ExampleIndex, type SplitName, SPLITS } from "../../records/example_index.ts";
import { type Clip, clipOf, countClasses, wordIndex, type WordNotes } from "./clips.ts";
import type { Finding } from "../finding.ts";
import {
  checkSpeakers,
  clipsOfSpeakers,
  divide,
  listFindings,
  listsOf,
  ruleOf,
  sharedSpeakers,
  speakerFindings,
} from "./divide.ts";
import { emptyClasses } from "./empty_classes.ts";
import { checkTargets, labelOf, type ListedFile, type Listing, type ReadFiles } from "./listing.ts";
import { classesOf, type wordsSchema } from "./schema.ts";
import { noisesOf, silenceWindows, spreadOver } from "./silence_windows.ts";
import { BACKGROUND_NOISE, SILENCE, UNKNOWN } from "./vocabulary.ts";

export type WordSettings = Parsed<typeof wordsSchema>;

/** What a split consists of, before anything is read. */
export interface SplitPlan {
  readonly split: SplitName;
  readonly classes: readonly string[];
  readonly notes: WordNotes;
  /** Files whose headers decide the index. */
  readonly files: readonly ListedFile[];
  /** What the log tells besides. */
  readonly findings: readonly Finding[];
}

/** @throws {UserError} `bad-dataset` if a target has no clips, lists are missing, or there are too few speakers. */
export function planSplit(listing: Listing, settings: WordSettings, split: SplitName): SplitPlan {
  const { targets, silence, evaluated } = settings;
  if (evaluated === null) checkTargets(listing, targets);
  const classes = evaluated ?? classesOf(settings);
  const words = listing.files.filter(({ folder }) => folder !== BACKGROUND_NOISE);
  const used = words.filter(({ folder }) => classes.includes(labelOf(folder, targets)));
  const rule = ruleOf(listing, settings.split.rule);
  if (rule !== "lists" && evaluated === null) checkSpeakers(listing.name, clipsOfSpeakers(used));
  const lists = rule === "lists" ? listsOf(listing, settings.badFiles) : undefined;
  const isTest = rule === "ranked" && evaluated !== null && clipsOfSpeakers(used).size < SPLITS.length;
  const splitOf = isTest
    ? (): SplitName => "test" // too few speakers to divide, and nothing is learnt from them
    : divide({ name: listing.name, rule, lists }, settings.split, used);
  const own = words.filter((file) => splitOf(file) === split);
  const wanted = new Set(used);
  const noises = silence > 0 ? noisesOf(listing.files, split).map(({ file }) => file) : [];
  return {
    split,
    classes,
    notes: {
      split_by: rule,
      left_out: own.filter((file) => !wanted.has(file)).length,
      shared_speakers: sharedSpeakers(used, splitOf, split),
    },
    files: [...noises, ...own.filter((file) => wanted.has(file))],
    findings: [
      ...listing.findings,
      ...lists === undefined ? speakerFindings(used) : listFindings(lists),
      {
        level: "info",
        what: `${split} clips of other words than dataset.targets are left out`,
        names: own.filter((file) => !wanted.has(file)).map(({ path }) => path),
      },
    ],
  };
}

/**
 * @param read Of the plan's files.
 * @throws {UserError} `bad-dataset` if a class has no clips, unless a checkpoint is evaluated.
 */
export function indexSplit(
  listing: Listing,
  { split, classes, notes }: SplitPlan,
  read: ReadFiles,
  settings: WordSettings,
): ExampleIndex {
  const words = read.files.filter(({ folder }) => folder !== BACKGROUND_NOISE)
    .map((file) => clipOf(file, labelOf(file.folder, settings.targets)));
  const kept = split === "train" ? words : thinUnknown(words, settings);
  const clips = settings.silence > 0
    ? withSilence(kept, windowsOf(listing.files, read, split, settings), settings)
    : kept;
  const empty = [...countClasses(clips, classes)].flatMap(([label, count]) => count === 0 ? [label] : []);
  if (empty.length > 0 && settings.evaluated === null) {
    const { targets, split: shares } = settings;
    throw emptyClasses(listing, { split, classes, targets, shares, rule: notes.split_by }, empty, read);
  }
  return wordIndex({ split, classes, skipped: read.skipped }, clips, settings, {
    ...notes,
    left_out: notes.left_out + words.length - kept.length,
  });
}

/** Thins `_unknown_` out, evenly over its words. @param clips By path. */
function thinUnknown(clips: readonly Clip[], settings: WordSettings): readonly Clip[] {
  if (settings.unknown === 0) return clips;
  const unknown = clips.filter(({ label }) => label === UNKNOWN);
  const kept = new Set(spreadOver(unknown, relativeCount(settings.unknown, clips, settings)));
  return clips.filter((clip) => clip.label !== UNKNOWN || kept.has(clip));
}

/** Fills `_silence_` up with windows to the wanted count, where its own folder has fewer. @param clips By path. */
function withSilence(clips: readonly Clip[], windows: readonly Clip[], settings: WordSettings): Clip[] {
  const own = clips.filter(({ label }) => label === SILENCE);
  const wanted = relativeCount(settings.silence, clips, settings);
  return [
    ...clips.filter(({ label }) => label !== SILENCE),
    ...spreadOver(own, wanted),
    ...spreadOver(windows, Math.max(0, wanted - own.length)),
  ];
}

function windowsOf(
  files: readonly ListedFile[],
  read: ReadFiles,
  split: SplitName,
  { clipSamples, sampleRate }: WordSettings,
): Clip[] {
  const byPath = new Map(read.files.map((file) => [file.path, file]));
  return noisesOf(files, split).flatMap(({ file, part }) => {
    const sound = byPath.get(file.path);
    return sound === undefined ? [] : silenceWindows(sound, part, clipSamples / sampleRate);
  });
}

/** `share` of the mean count of a target in a split, at least 1. */
function relativeCount(share: number, clips: readonly Clip[], { targets }: WordSettings): number {
  const ofTargets = clips.filter(({ label }) => targets.includes(label)).length;
  return Math.max(1, Math.round(share * ofTargets / targets.length));
}
