/**
 * From probabilities over time to words: they are averaged over the last decisions, and a word is detected where its mean
 * has been at or above its threshold for long enough. The same rule listens and is measured. Pure.
 *
 * @see Chen, Parada, Heigold: Small-footprint keyword spotting using deep neural networks, ICASSP 2014 (posterior
 *   handling)
 */
import type { Thresholds } from "../records/operating_point.ts";
import { movedTo, thresholdsIn } from "./thresholds.ts";

/** When a word counts as heard. */
export interface DetectorOptions extends Thresholds {
  /** In the order of probabilities; names that begin with `_` are no words. */
  readonly classes: readonly string[];
  /** Decisions that are averaged; from 1. */
  readonly smoothing: number;
  /** Decisions in a row for which a word has to be the likeliest one and at or above its threshold; 1 if absent. */
  readonly patience?: number;
  /** A word is not detected again before its mean was below its threshold, nor within this time. */
  readonly refractorySeconds: number;
  /**
   * Nor is any other word within so long behind one: a part of a word at a window's edge looks like another. What stays
   * likely for longer is detected then. 0 if absent, as is right where thresholds were chosen on a stream.
   */
  readonly echoSeconds?: number;
}

/** A word that begins. */
export interface Detection {
  /** The word. */
  readonly label: string;
  /** Mean probability when it was detected. */
  readonly probability: number;
  /** Of the end of the window that decided, from the stream's beginning. */
  readonly seconds: number;
}

/**
 * Says when a word begins: where its mean probability over the last decisions passes its threshold.
 *
 * ```ts
 * import { Detector } from "./lib/mod.ts";
 *
 * const detector = new Detector({ classes, smoothing: 2, threshold: 0.6, refractorySeconds: 0.5 });
 * const { detection } = detector.add(Float32Array.of(0.1, 0.9), 1);
 * console.log(detection?.label); // high
 * ```
 */
export class Detector {
  /** As they were given: what is moved is moved from there, and comes back to it. */
  readonly #given: Thresholds;
  #thresholds: Thresholds;
  /** `[classes]`. */
  #least: Float64Array;
  readonly #classes: readonly string[];
  readonly #mean: RunningMean;
  readonly #trigger: Trigger;

  /** A detector that has heard nothing yet. */
  constructor(options: DetectorOptions) {
    const { classes, smoothing, threshold, thresholds, patience = 1, refractorySeconds, echoSeconds } =
      options;
    this.#given = this.#thresholds = { threshold, thresholds };
    this.#least = thresholdsIn(classes, this.#thresholds);
    this.#classes = classes;
    this.#mean = new RunningMean(classes.length, smoothing);
    this.#trigger = new Trigger(wordsIn(classes), { patience, refractorySeconds, echoSeconds });
  }

  /** Least mean probability of words that have none of their own. Where it is changed, all move by as many log odds. */
  get threshold(): number {
    return this.#thresholds.threshold;
  }

  set threshold(value: number) {
    this.#thresholds = movedTo(this.#given, value);
    this.#least = thresholdsIn(this.#classes, this.#thresholds);
  }

  /**
   * Takes in the next decision.
   * @param probabilities `[classes]` of a window that ends at `seconds`. @returns `[classes]`, and a word if one begins.
   */
  add(
    probabilities: Float32Array,
    seconds: number,
  ): { readonly smoothed: Float32Array; readonly detection?: Detection } {
    const smoothed = this.#mean.add(probabilities).slice();
    const heard = this.#trigger.step(smoothed, 0, this.#least, seconds);
    if (heard < 0) return { smoothed };
    return { smoothed, detection: { label: this.#classes[heard]!, probability: smoothed[heard]!, seconds } };
  }
}

/** Which classes are words, in order. */
export function wordsIn(classes: readonly string[]): number[] {
  return [...classes.keys()].filter((c) => !classes[c]!.startsWith("_"));
}

/** Mean over the last so many decisions, of as many as there are at first. */
export class RunningMean {
  /** `[smoothing, classes]`, the oldest overwritten. */
  readonly #recent: Float32Array;
  readonly #mean: Float32Array;
  #added = 0;

  /** @param smoothing Decisions; from 1. */
  constructor(classes: number, smoothing: number) {
    this.#recent = new Float32Array(classes * smoothing);
    this.#mean = new Float32Array(classes);
  }

  /** @param values `[classes]`. @returns `[classes]`; the next call overwrites it. */
  add(values: Float32Array): Float32Array {
    const [mean, recent] = [this.#mean, this.#recent];
    const { length: classes } = mean;
    const smoothing = recent.length / classes;
    recent.set(values, (this.#added++ % smoothing) * classes);
    const count = Math.min(this.#added, smoothing);
    for (let c = 0; c < classes; c++) {
      let sum = 0; // anew each time: a running sum would gather rounding over hours
      for (let i = 0; i < count; i++) sum += recent[i * classes + c]!;
      mean[c] = sum / count;
    }
    return mean;
  }
}

/**
 * Decides on means of probabilities, one timer a word: a word that was detected is armed again only after its mean fell
 * below its threshold, however long it stays above, and no other word waits for it. Which word is the likeliest is a matter
 * of means alone: what is detected of a word does not depend on the thresholds of others.
 */
export class Trigger {
  readonly #words: readonly number[];
  readonly #patience: number;
  readonly #refractorySeconds: number;
  readonly #echoSeconds: number;
  /** Of each word: decisions in a row, whether it may be detected, when it was. */
  readonly #run: Int32Array;
  readonly #armed: Uint8Array;
  readonly #last: Float64Array;
  /** When any word was detected. */
  #said = -Infinity;

  /** @param words Their places among the classes. */
  constructor(
    words: readonly number[],
    { patience, refractorySeconds, echoSeconds = 0 }:
      & Pick<DetectorOptions, "refractorySeconds">
      & { readonly patience: number; readonly echoSeconds?: number | undefined },
  ) {
    this.#words = words;
    this.#patience = patience;
    this.#refractorySeconds = refractorySeconds;
    this.#echoSeconds = echoSeconds;
    this.#run = new Int32Array(words.length);
    this.#armed = new Uint8Array(words.length).fill(1);
    this.#last = new Float64Array(words.length).fill(-Infinity);
  }

  /**
   * @param means At `offset` `[classes]`. @param thresholds `[classes]`. @param seconds Of the decision, from the stream's
   *   beginning.
   * @returns The class of the word that is detected, -1 if none is.
   */
  step(means: Float32Array, offset: number, thresholds: Float64Array, seconds: number): number {
    const [words, run, armed] = [this.#words, this.#run, this.#armed];
    let best = 0;
    for (let w = 1; w < words.length; w++) {
      if (means[offset + words[w]!]! > means[offset + words[best]!]!) best = w;
    }
    for (let w = 0; w < words.length; w++) {
      const isAbove = means[offset + words[w]!]! >= thresholds[words[w]!]!;
      if (!isAbove) armed[w] = 1;
      run[w] = isAbove && w === best ? run[w]! + 1 : 0;
    }
    if (words.length === 0 || run[best]! < this.#patience || armed[best] === 0) return -1;
    if (seconds - this.#last[best]! < this.#refractorySeconds) return -1;
    if (seconds - this.#said < this.#echoSeconds) return -1;
    armed[best] = 0;
    this.#last[best] = this.#said = seconds;
    return words[best]!;
  }
}
