/** What an augmentation is: pure functions of (example, generator), applied in training alone. */
import type { z } from "zod";
import type { JsonObject } from "../base/json.ts";
import type { Problem } from "../base/kinds.ts";
import type { Rng } from "../base/random.ts";

export type AugmentSpec = JsonObject & { readonly kind: string };

/** The class of clips in which nobody speaks, as data sets call it: rules of its own hold for it. */
export const SILENCE = "_silence_";
/** The class of what is said and is none of the words, likewise. */
export const OTHER_WORDS = "_unknown_";

/** One example as an augmentation may change it. */
export interface AugmentedExample {
  /** At full scale 1. */
  readonly values: Float32Array;
  /** Names of the example's labels. */
  readonly labels: readonly string[];
  /** What it was mixed with, where it was. */
  readonly mixed?: Mixed;
}

/** Another example that is heard as well. */
export interface Mixed {
  readonly labels: readonly string[];
  /** Its share of the whole, in [0, 1]. */
  readonly share: number;
}

/** What else there is in the examples of training: noise comes from there, and what examples are mixed with. */
export interface Surroundings {
  /** In Hz. */
  readonly sampleRate: number;
  /** Of every example, which keeps this length; null: they are utterances as long as what is said in them. */
  readonly clipSamples: number | null;
  readonly count: number;
  labelsOf(row: number): readonly string[];
  /** Of examples that are not changed; the caller's own. */
  valuesOf(row: number): Float32Array;
}

/** Of what the front-end makes of one example. */
export interface BandsSize {
  readonly bands: number;
  readonly frames: number;
  readonly framesPerSecond: number;
}

/** What is changed about the bands of one example: warped first, then hidden. */
export interface BandChange {
  /** For each band, at which other, in parts of a band, it is looked up; null: nothing is warped. */
  readonly from: Float32Array | null;
  /** Stretches of bands and of frames that are hidden: `[first, behind the last]`. */
  readonly bands: readonly Stretch[];
  readonly frames: readonly Stretch[];
  /** What is seen there. */
  readonly fill: "zero" | "mean";
}

export type Stretch = readonly [from: number, to: number];

/** What of an example may change. `spectra`: the bands that the front-end makes of it, before they are levelled out. */
export type Changed = "waves" | "spectra" | "labels";

export interface AugmentContext {
  /** Whether each example has one label. */
  readonly oneLabel: boolean;
}

export interface AugmentKind<Config extends AugmentSpec = AugmentSpec> {
  /** Of `conf/augment/<name>.yaml`, in snake_case, with a literal `kind`. */
  readonly schema: z.ZodType<Config>;
  /** Paths are below the group. */
  check(config: Config, context: AugmentContext): readonly Problem[];
  /** What it changes. Where waves are, training reads them; where nothing is, cached features as ever. */
  changes(config: Config): readonly Changed[];
  load(): Promise<Augmentation<Config>>;
}

/** All draws are from generators forked for each (run, epoch, example, draw): the same generator, the same change. */
export interface Augmentation<Config extends AugmentSpec = AugmentSpec> {
  /** Of the wave. @returns The example's own values or new ones, as long as they were where all clips are. */
  augment(config: Config, example: AugmentedExample, around: Surroundings, rng: Rng): AugmentedExample;
  /** Of what the front-end makes of it; absent: nothing. */
  bands?(config: Config, size: BandsSize, rng: Rng): BandChange;
}
