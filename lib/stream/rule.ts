/** What a rule of detection makes of a scored stream. Pure. */
import { RunningMean, Trigger, wordsIn } from "../live/detector.ts";
import { thresholdsIn } from "../live/thresholds.ts";
import type { OperatingPoint, Thresholds } from "../records/operating_point.ts";
import type { ScoredStream } from "./scores_io.ts";

/** All that decides when a word counts as heard, as {@link OperatingPoint} has it. */
export type Rule = Thresholds & Pick<OperatingPoint, "smoothing" | "patience" | "refractorySeconds">;

/** A word that was detected. */
export interface Heard {
  readonly word: string;
  /** Of the decision, from the stream's beginning. */
  readonly seconds: number;
  /** Mean probability. */
  readonly probability: number;
}

/** `[decisions, classes]`: means over the last decisions, which all thresholds share. */
export function smoothed({ posteriors, classes }: ScoredStream, smoothing: number): Float32Array {
  if (smoothing === 1) return posteriors;
  const mean = new RunningMean(classes.length, smoothing);
  const result = new Float32Array(posteriors.length);
  for (let at = 0; at < result.length; at += classes.length) {
    result.set(mean.add(posteriors.subarray(at, at + classes.length)), at);
  }
  return result;
}

/** @param means Of {@link smoothed} with the rule's smoothing. Thresholds may be infinite: nothing is detected. */
export function heardIn(
  { classes, hopSeconds, firstSeconds }: Omit<ScoredStream, "posteriors">,
  means: Float32Array,
  { threshold, thresholds, patience, refractorySeconds }: Omit<Rule, "smoothing">,
): Heard[] {
  const trigger = new Trigger(wordsIn(classes), { patience, refractorySeconds });
  const least = thresholdsIn(classes, { threshold, thresholds });
  const heard: Heard[] = [];
  const count = means.length / classes.length;
  for (let i = 0; i < count; i++) {
    const offset = i * classes.length;
    const seconds = firstSeconds + i * hopSeconds;
    const c = trigger.step(means, offset, least, seconds);
    if (c >= 0) heard.push({ word: classes[c]!, seconds, probability: means[offset + c]! });
  }
  return heard;
}
