/** How far a score can be trusted that is a quotient of sums over examples: an accuracy, an error rate. */
import type { Rng } from "../base/random.ts";
import { bootstrapRatio } from "./bootstrap.ts";
import { type Interval, rateInterval } from "./interval.ts";
import { bySpeaker, type Speakers } from "./speakers.ts";

export interface ScoreInterval extends Interval {
  /** `wilson`: Wilson's, over examples. `bootstrap`: of speakers where they are known, else of examples. */
  readonly method: "wilson" | "bootstrap";
  /** Drawn in the place of examples; null: examples were, as speakers are not known or too few. */
  readonly speakers: number | null;
  /** Recordings of noise that were drawn as speakers are, for clips of silence. */
  readonly noises: number;
}

/**
 * 95 % interval of sum(score) / sum(of). Over examples it is Wilson's where each counts as right or wrong, else the
 * bootstrap's. Where speakers are known it is the bootstrap's over them, but in no direction narrower than over examples:
 * that clips of a speaker were less alike than others is not to be expected, and where all are right or all wrong no
 * sample differs.
 *
 * @param score `[examples]`: what each adds. @param of Likewise to the denominator.
 */
export function scoreInterval(
  score: Float64Array,
  of: Float64Array,
  speakers: Speakers | undefined,
  rng: Rng,
): ScoreInterval {
  const total = sum(of);
  const value = total === 0 ? 0 : sum(score) / total;
  const isRate = of.every((one) => one === 1) && score.every((one) => one === 0 || one === 1);
  const plain = isRate ? rateInterval(value, total) : resampled(value, score, of, rng.fork("examples"));
  if (speakers === undefined) {
    return { ...plain, method: isRate ? "wilson" : "bootstrap", speakers: null, noises: 0 };
  }
  const own = resampled(value, bySpeaker(score, speakers), bySpeaker(of, speakers), rng.fork("speakers"));
  return {
    value,
    low: Math.min(plain.low, own.low),
    high: Math.max(plain.high, own.high),
    method: "bootstrap",
    speakers: speakers.count - speakers.noises,
    noises: speakers.noises,
  };
}

/** Where no sample differs, as without an error or with nothing else, Wilson's interval of as many labels. */
function resampled(value: number, score: Float64Array, of: Float64Array, rng: Rng): Interval {
  const [low, high] = bootstrapRatio(score, of, rng);
  if (low < high) return { value, low, high };
  const wilson = rateInterval(Math.min(1, value), sum(of));
  return { value, low: wilson.low, high: Math.max(wilson.high, value) };
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
