/** Sentences of the page on a model. Pure. */
import type { Learned, LoadedModel } from "./messages.ts";

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
export function ruleText(
  { rule: { smoothing, patience, thresholds }, chosenOn }: Pick<LoadedModel, "rule" | "chosenOn">,
): string {
  const when = `${patience} ${patience === 1 ? "decision" : "decisions in a row"} at ${
    thresholds === undefined ? "the threshold" : "its word's threshold (all move with the slider)"
  }, each a mean of ${smoothing}`;
  if (chosenOn === null) return `${when}; not chosen on a stream (deno task stream does that)`;
  const { stream, words, missed, falseAlarms } = chosenOn;
  const alarms = `${falseAlarms} false ${falseAlarms === 1 ? "alarm" : "alarms"}`;
  return `${when}; chosen on ${stream}: ${missed} of ${words} words missed, ${alarms}`;
}

/** A recording that is told worse than this by a model without it is one to listen to again. */
export const DOUBTFUL = 0.5;

/** What was learnt, and how well it is told by models that learnt without it. */
export function learntText({ words, background }: Pick<Learned, "words" | "background">): string {
  const each = words.map(({ word, takes }) => {
    const scores = takes.flatMap(({ score }) => score ?? []).sort((a, b) => a - b);
    const middle = scores[scores.length >> 1];
    const told = middle === undefined
      ? ""
      : `, each told by a model without it at ${percent(middle)} (the least at ${percent(scores[0]!)})`;
    return `${word} from ${takes.length} ${takes.length === 1 ? "recording" : "recordings"}${told}`;
  });
  const alarms = background === null
    ? "Little is known of what it is not: say so where it is a false alarm."
    : `Of ${background.clips} clips that are none of it, ${background.alarms} were taken for it.`;
  const isDoubtful = words.some(({ takes }) => takes.some(({ score }) => score !== null && score < DOUBTFUL));
  const doubt = isDoubtful
    ? ` Recordings with less than ${
      percent(DOUBTFUL)
    } differ from the others: play them, and delete what is not the word.`
    : "";
  return `Learnt ${each.join("; ")}.${doubt} ${alarms} Listen, and say it.`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
