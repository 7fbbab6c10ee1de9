/** Puts together what a stream tells of a network: its operating point, what that does, and the whole curve. Pure. */
import { type Interval, rateInterval } from "../metrics/interval.ts";
import { eventRateInterval } from "../metrics/poisson.ts";
import type { OperatingPoint } from "../records/operating_point.ts";
import type { StreamPoint, StreamRecord } from "../records/stream.ts";
import { movedTo } from "../live/thresholds.ts";
import { bestOf, type Candidate, candidates, type Search } from "./choose.ts";
import {
  allowedAlarms,
  detCurve,
  type DetPoint,
  knownWords,
  type LabelledStream,
  pointAtRate,
  quantile,
  THRESHOLDS,
} from "./det.ts";
import type { SpokenWord } from "./labels.ts";
import { type Matched, matched } from "./match.ts";
import { type Heard, heardIn, smoothed } from "./rule.ts";
import type { ScoredStream } from "./scores_io.ts";

/** Rates of false alarms, an hour, at which misses are told. */
export const RATES = [0.1, 0.5, 1] as const;

/** A scored stream as it is spoken of. */
export interface Listened {
  /** `voices, 20 min, 10 dB`. */
  readonly stream: string;
  readonly scored: ScoredStream;
  /** As labels have them; null: nobody labelled them. */
  readonly words: readonly SpokenWord[] | null;
}

/** @param onDone Told how many of the rules are tried. */
export function measureStream(
  development: Listened,
  test: Listened,
  search: Search,
  onDone: (done: number) => void = () => {},
): StreamRecord {
  const { toleranceSeconds, refractorySeconds, allowedPerHour } = search;
  const tuned = labelled(development);
  const hours = hoursOf(development);
  const tried = candidates(tuned, search, onDone);
  const most = allowedAlarms(allowedPerHour, hours);
  const { chosen, common } = bestOf(tried, most);
  const { shape, threshold, thresholds, point } = chosen;
  const operatingPoint: OperatingPoint = {
    hopSeconds: development.scored.hopSeconds,
    ...shape,
    threshold,
    ...(thresholds === undefined ? {} : { thresholds }),
    refractorySeconds,
    chosenOn: {
      stream: development.stream,
      hours,
      words: tuned.words.length,
      missed: point.missed,
      falseAlarms: point.falseAlarms,
      allowedPerHour,
    },
  };
  const heldOut = labelled(test);
  const { outcome, ...figures } = figuresOf(chosen, test, toleranceSeconds);
  return {
    classes: [...test.scored.classes],
    development: sourceOf(development, tuned),
    test: sourceOf(test, heldOut),
    toleranceSeconds,
    operatingPoint,
    ...figures,
    ...(thresholds === undefined ? {} : { common: commonOf(common, test, toleranceSeconds) }),
    tried: tried.map(({ own, common }) => {
      const { shape: { smoothing, patience }, point } = own ?? common;
      return { smoothing, patience, ...pointOf(point) };
    }),
    detections: detectionsOf(outcome),
    missed: outcome.missed.map(({ start, end, word }) => ({ start, end, word })),
  };
}

/** What a rule does on a stream, and what it does with all of its thresholds moved together. */
function figuresOf(rule: Candidate, test: Listened, toleranceSeconds: number) {
  const { shape } = rule;
  const heldOut = labelled(test);
  const means = smoothed(test.scored, shape.smoothing);
  const heard = heardIn(test.scored, means, { ...shape, ...movedTo(rule, rule.threshold) });
  const outcome = matched(heldOut.words, heard, toleranceSeconds);
  const curve = detCurve(heldOut, shape, toleranceSeconds, THRESHOLDS.map((to) => movedTo(rule, to)));
  return {
    outcome,
    operating: operatingOf(outcome, test),
    curve: curve.map(pointOf),
    atRates: RATES.map((perHour) => atRate(perHour, curve, test, heldOut)),
  };
}

/** With one threshold for all words. */
function commonOf(
  rule: Candidate,
  test: Listened,
  toleranceSeconds: number,
): NonNullable<StreamRecord["common"]> {
  const { outcome: _, ...figures } = figuresOf(rule, test, toleranceSeconds);
  const { shape: { smoothing, patience }, threshold } = rule;
  return { smoothing, patience, threshold, ...figures };
}

function labelled({ scored, words }: Listened): LabelledStream {
  return { scored, words: knownWords(words ?? [], scored.classes) };
}

function hoursOf({ scored }: Listened): number {
  return scored.seconds / 3600;
}

function sourceOf(listened: Listened, { words }: LabelledStream): StreamRecord["test"] {
  return {
    stream: listened.stream,
    hours: hoursOf(listened),
    words: listened.words === null ? null : words.length,
  };
}

function missRate(missed: number, words: number): Interval | null {
  return words === 0 ? null : rateInterval(missed / words, words);
}

function operatingOf(
  { hits, missed, falseAlarms, repeats }: Matched,
  listened: Listened,
): StreamRecord["operating"] {
  const latencies = hits.map(({ latencySeconds }) => latencySeconds);
  const [median, p90] = [quantile(latencies, 0.5), quantile(latencies, 0.9)];
  return {
    missed: missed.length,
    missRate: missRate(missed.length, missed.length + hits.length),
    falseAlarms: falseAlarms.length,
    alarmsPerHour: eventRateInterval(falseAlarms.length, hoursOf(listened)),
    repeats: repeats.length,
    latency: median === null || p90 === null ? null : { median, p90 },
  };
}

function pointOf({ threshold, missed, falseAlarms, repeats, latencySeconds }: DetPoint): StreamPoint {
  return {
    threshold: Number.isFinite(threshold) ? threshold : null,
    missed,
    falseAlarms,
    repeats,
    latencySeconds,
  };
}

function atRate(
  perHour: number,
  curve: readonly DetPoint[],
  listened: Listened,
  { words }: LabelledStream,
): StreamRecord["atRates"][number] {
  const hours = hoursOf(listened);
  const point = pointAtRate(curve, perHour, hours);
  const { threshold, missed, falseAlarms } = pointOf(point);
  return {
    perHour,
    allowed: allowedAlarms(perHour, hours),
    threshold,
    missed,
    missRate: missRate(missed, words.length),
    falseAlarms,
    alarmsPerHour: eventRateInterval(falseAlarms, hours),
  };
}

function detectionsOf({ hits, falseAlarms, repeats }: Matched): StreamRecord["detections"] {
  const told =
    (outcome: StreamRecord["detections"][number]["outcome"]) => ({ seconds, word, probability }: Heard) => ({
      seconds,
      word,
      probability,
      outcome,
    });
  return [
    ...hits.map(({ heard }) => told("hit")(heard)),
    ...repeats.map(told("repeat")),
    ...falseAlarms.map(told("false_alarm")),
  ].sort((a, b) => a.seconds - b.seconds);
}
