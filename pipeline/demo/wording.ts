/** Sentences of the page on a model. Pure. */
import type { LoadedModel } from "./messages.ts";

/** How it listens, and why not otherwise. */
export function listeningText(
  { listens: { by, reason, delaySeconds }, rule: { hopSeconds } }: LoadedModel,
): string {
  const hop = `${(1000 * hopSeconds).toFixed(0)} ms`;
  if (by === "windows") return `in whole windows, a new one every ${hop}. ${reason}`;
  const delay = delaySeconds === 0 ? "" : `, ${(1000 * delaySeconds).toFixed(0)} ms behind`;
  return `frame by frame, each computed once; a decision every ${hop}${delay}`;
}

/** When it says a word, and how that was chosen. */
export function ruleText({ rule: { smoothing, patience }, chosenOn }: LoadedModel): string {
  const when = `${patience} ${
    patience === 1 ? "decision" : "decisions in a row"
  } at the threshold, each a mean of ${smoothing}`;
  if (chosenOn === null) return `${when}; not chosen on a stream (deno task stream does that)`;
  const { stream, words, missed, falseAlarms } = chosenOn;
  const alarms = `${falseAlarms} false ${falseAlarms === 1 ? "alarm" : "alarms"}`;
  return `${when}; chosen on ${stream}: ${missed} of ${words} words missed, ${alarms}`;
}
