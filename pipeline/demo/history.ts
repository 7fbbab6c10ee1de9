/** The last seconds of what was heard, as the views draw them. Pure. */
import type { Detection } from "../../lib/live/detector.ts";
import { thresholdOf } from "../../lib/live/thresholds.ts";
import type { Thresholds } from "../../lib/records/operating_point.ts";
import type { HeardStretch, LoadedModel, Moment } from "./messages.ts";

/** What the views show of the past of a stream. */
export const SHOWN_SECONDS = 5;

/** The last values of a signal of rows of one width. */
export class Recent {
  readonly width: number;
  readonly rows: number;
  /** `[rows, width]`, the newest row last. */
  readonly values: Float32Array;
  /** Rows, from the end, that hold what was pushed. */
  filled = 0;

  constructor(rows: number, width: number) {
    this.rows = rows;
    this.width = width;
    this.values = new Float32Array(rows * width);
  }

  /** @param fresh `[n, width]` */
  push(fresh: Float32Array): void {
    const kept = fresh.subarray(Math.max(0, fresh.length - this.values.length));
    this.values.copyWithin(0, kept.length);
    this.values.set(kept, this.values.length - kept.length);
    this.filled = Math.min(this.rows, this.filled + kept.length / this.width);
  }

  /** @returns The newest rows, `[n, width]`: as many as wanted, or as there are. */
  last(rows: number): Float32Array {
    return this.values.slice(this.values.length - Math.min(rows, this.filled) * this.width);
  }

  /** Of the values that were pushed and are still here; undefined if there are none. */
  get extremes(): { readonly smallest: number; readonly largest: number } | undefined {
    if (this.filled === 0) return undefined;
    let [smallest, largest] = [Infinity, -Infinity];
    for (let i = (this.rows - this.filled) * this.width; i < this.values.length; i++) {
      smallest = Math.min(smallest, this.values[i]!);
      largest = Math.max(largest, this.values[i]!);
    }
    return { smallest, largest };
  }
}

export class History {
  /** What the views show of the past. */
  readonly span: number;
  readonly wave: Recent;
  readonly learned: Recent;
  readonly initial: Recent;
  /** The oldest first. */
  moments: Moment[] = [];
  detections: Detection[] = [];

  /** @param span In seconds. */
  constructor({ sampleRate, hopSamples, bands }: LoadedModel, span = SHOWN_SECONDS) {
    this.span = span;
    this.wave = new Recent(Math.ceil(span * sampleRate), 1);
    const frames = Math.round(span * sampleRate / hopSamples);
    this.learned = new Recent(frames, bands);
    this.initial = new Recent(frames, bands);
  }

  /** Of the newest stretch's end. */
  now = 0;

  add({ seconds, wave, learned, initial, moments, detections }: HeardStretch): void {
    this.now = seconds;
    this.wave.push(wave);
    this.learned.push(learned);
    this.initial.push(initial);
    const oldest = seconds - this.span;
    this.moments = [...this.moments, ...moments].filter((moment) => moment.seconds >= oldest);
    this.detections = [...this.detections, ...detections].filter((found) => found.seconds >= oldest);
  }
}

/** A threshold that is shown. */
export interface ShownThreshold {
  readonly threshold: number;
  /** Whose it is; null: all words have it. */
  readonly label: string | null;
}

/**
 * The common threshold where all words have one. Else, as ten lines tell nobody anything, those of words that were detected
 * and of the likeliest class at present, unless that is none of the words.
 */
export function shownThresholds(
  { moments, detections }: Pick<History, "moments" | "detections">,
  classes: readonly string[],
  limits: Thresholds,
): ShownThreshold[] {
  const words = classes.filter((label) => !label.startsWith("_"));
  const [common, ...others] = new Set(words.map((label) => thresholdOf(limits, label)));
  if (common !== undefined && others.length === 0) return [{ threshold: common, label: null }];
  const probabilities = moments.at(-1)?.probabilities ?? new Float32Array();
  const likeliest = classes[probabilities.indexOf(Math.max(...probabilities))];
  return words.filter((word) => word === likeliest || detections.some(({ label }) => label === word))
    .map((label) => ({ threshold: thresholdOf(limits, label), label }));
}
