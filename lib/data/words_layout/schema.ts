/** The settings that data sets of words share, and what must hold between them. */
import { z } from "zod";
import type { Problem } from "../../base/kinds.ts";
import { evaluatedShape } from "../settings.ts";
import { SILENCE, UNKNOWN } from "./vocabulary.ts";

const percent = z.number().min(0).max(100);

/** Of every data set of words, with or without a division of its own. */
export const clipsShape = {
  /** Words to tell apart, in the order of the classes. */
  targets: z.array(
    z.string().regex(
      /^[\p{L}\p{M}\p{N}_'-]+( [\p{L}\p{M}\p{N}_'-]+)*$/u,
      "wanted words of letters, digits, _, - and '",
    ),
  ).min(1),
  /** `skip`: files that cannot be decoded are listed and left out. */
  bad_files: z.enum(["error", "skip"]),
  /** In Hz. */
  sample_rate: z.int().min(8000).max(48000),
  clip_samples: z.int().min(480).max(480000),
};

/** Of folders in Speech Commands' layout. */
export const wordsShape = {
  ...clipsShape,
  /**
   * Other words form the class `_unknown_`: all of their clips in training, where a sampler balances; in validation
   * and test at most this many times the mean count of a target there, as in the official test set. 0: left out.
   */
  unknown: z.number().min(0).max(1000),
  /** Clips of `_silence_` in each split, relative to the mean count of a target there; 0: no such class. */
  silence: z.number().min(0).max(10),
  split: z.strictObject({
    /** `auto`: `lists` if the folder has both lists, else `hash`. */
    rule: z.enum(["auto", "lists", "hash", "ranked"]),
    validation_percent: percent,
    testing_percent: percent,
    salt: z.string(),
  }),
};

/** What decides how a split is indexed. */
export const wordsSchema = z.strictObject({ ...wordsShape, ...evaluatedShape });

export function targetProblems(targets: readonly string[]): Problem[] {
  const problem = (message: string) => [{ path: ["targets"], message }];
  if (new Set(targets).size < targets.length) return problem(`a word is listed twice: ${targets.join(", ")}`);
  const reserved = targets.find((word) => word.startsWith("_"));
  return reserved === undefined ? [] : problem(`wanted words, found ${reserved}, which is no word`);
}

export function divisionProblems(
  { validation_percent, testing_percent }: {
    readonly validation_percent: number;
    readonly testing_percent: number;
  },
): Problem[] {
  if (validation_percent + testing_percent < 100) return [];
  return [{
    path: ["split", "validation_percent"],
    message: "validation and testing together leave nothing to train on",
  }];
}

/** The classes of a checkpoint as settings; what is wanted of silence and other words stays as it is, if they are told. */
export function wordClasses(
  { silence, unknown }: { readonly silence: number; readonly unknown: number },
  classes: readonly string[],
) {
  return {
    targets: targetsAmong(classes),
    silence: classes.includes(SILENCE) ? silence || 1 : 0,
    unknown: classes.includes(UNKNOWN) ? unknown || 1 : 0,
  };
}

/** The settings with which a split has clips of silence, whatever is wanted of them otherwise. */
export function backgroundOf<
  Config extends {
    readonly targets: readonly string[];
    readonly silence: number;
    readonly unknown: number;
  },
>(config: Config, evaluated: readonly string[] | null) {
  const classes = config.silence > 0 ? evaluated : evaluated ?? classesOf(config);
  return { config: { ...config, silence: config.silence || 1 }, evaluated: withSilence(classes) };
}

/** Classes with that of silence among them; null stays null. */
export function withSilence(classes: readonly string[] | null): readonly string[] | null {
  return classes === null || classes.includes(SILENCE) ? classes : [...classes, SILENCE];
}

/** The classes of examples, in the order of a network's outputs. */
export function classesOf(
  { targets, silence, unknown }: {
    readonly targets: readonly string[];
    readonly silence: number;
    readonly unknown: number;
  },
): string[] {
  return [...targets, ...(silence > 0 ? [SILENCE] : []), ...(unknown > 0 ? [UNKNOWN] : [])];
}

export function targetsAmong(classes: readonly string[]): string[] {
  return classes.filter((name) => name !== SILENCE && name !== UNKNOWN);
}
