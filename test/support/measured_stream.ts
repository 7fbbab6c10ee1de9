/** What a network of some skill does on a made-up stream, without any sound. */
import { Rng } from "../../lib/base/random.ts";
import type { StreamRecord } from "../../lib/records/stream.ts";
import type { Whose } from "../../lib/stream/choose.ts";
import { type Listened, measureStream } from "../../lib/stream/measure.ts";

export interface MadeUpStream {
  readonly classes: readonly string[];
  /** From 0 to 1: how sure it is of words where they are said. */
  readonly skill: number;
  /** Whether the words of the stream that is tested on are known. */
  readonly labelled?: boolean;
  /** Words that are said; 20 if absent. */
  readonly said?: number;
  /** How sure it is at most of words that are not said, by their places; 0.7 if absent. */
  readonly mistaken?: readonly number[];
  /** Common to all words if absent. */
  readonly thresholds?: Whose;
}

const [HOP_SECONDS, SECONDS, SAID] = [0.1, 300, 20];
/** Decisions that hear a word, or what is taken for one. */
const HEARD = 5;
const SEARCH = {
  smoothing: [1, 3],
  patience: [1],
  refractorySeconds: 1,
  toleranceSeconds: 1,
  allowedPerHour: 12, // one in these five minutes
} as const;

/** @param seed Of what it makes of the words. */
export function measuredStream(
  seed: string,
  { classes, skill, labelled = true, said = SAID, mistaken = [], thresholds = "common" }: MadeUpStream,
): StreamRecord {
  const side = (name: string, isKnown: boolean): Listened => {
    const rng = Rng.fromSeed(`${seed}/${name}`);
    const decisions = Math.round(SECONDS / HOP_SECONDS);
    const posteriors = new Float32Array(decisions * classes.length);
    const sure = (at: number, c: number, probability: number) => {
      for (let i = at; i < Math.min(decisions, at + HEARD); i++) {
        posteriors[i * classes.length + c] = probability;
      }
    };
    for (let i = 0; i < decisions; i++) posteriors[i * classes.length + classes.length - 1] = 0.05;
    for (let i = 0; i < said; i++) {
      const [at, c] = [rng.integer(decisions), rng.integer(10)];
      sure(at, c, rng.uniform(0, mistaken[c] ?? 0.7));
    }
    const words = Array.from({ length: said }, (_, i) => {
      const start = 5 + (SECONDS - 10) * i / said;
      sure(Math.round((start + 0.5) / HOP_SECONDS), i % 10, rng.uniform(skill - 0.4, 1));
      return { start, end: start + 0.5, word: classes[i % 10]! };
    });
    return {
      stream: "voices, 5 min, 10 dB",
      scored: {
        classes: [...classes],
        hopSeconds: HOP_SECONDS,
        firstSeconds: HOP_SECONDS,
        seconds: SECONDS,
        posteriors,
      },
      words: isKnown ? words : null,
    };
  };
  return measureStream(side("development", true), side("test", labelled), { ...SEARCH, thresholds });
}
