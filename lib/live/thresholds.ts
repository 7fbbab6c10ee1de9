/** How likely a word has to be to count as heard: thresholds of words, read and moved. Pure. */
import type { Thresholds } from "../records/operating_point.ts";

/** Of one word. */
export function thresholdOf({ threshold, thresholds }: Thresholds, word: string): number {
  return thresholds !== undefined && Object.hasOwn(thresholds, word) ? thresholds[word]! : threshold;
}

/** `[classes]`, in their order. */
export function thresholdsIn(classes: readonly string[], rule: Thresholds): Float64Array {
  return Float64Array.from(classes, (word) => thresholdOf(rule, word));
}

/** Beyond these float32 knows no probability but 0 and 1. */
const MOST_LOG_ODDS = 24 * Math.LN2;

/**
 * All thresholds moved together: that of words without their own to the one that is given, each word's own by as many log
 * odds.
 * @param threshold From 1 on (infinity: nothing is ever detected) it is that of all words.
 */
export function movedTo(rule: Thresholds, threshold: number): Thresholds {
  const { thresholds } = rule;
  if (thresholds === undefined) return { threshold };
  if (threshold === rule.threshold) return { threshold, thresholds };
  if (threshold >= 1) return { threshold };
  const by = logOdds(threshold) - logOdds(rule.threshold);
  return {
    threshold,
    thresholds: Object.fromEntries(
      Object.entries(thresholds).map(([word, own]) => [word, probabilityOf(logOdds(own) + by)]),
    ),
  };
}

function logOdds(probability: number): number {
  const odds = Math.log(probability / (1 - probability));
  return Math.max(-MOST_LOG_ODDS, Math.min(MOST_LOG_ODDS, odds));
}

function probabilityOf(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}
