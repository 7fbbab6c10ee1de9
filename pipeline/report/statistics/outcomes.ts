/** What runs made of each example, as far as scores and their differences need it. Pure. */
import { sha256 } from "../../../lib/base/digest.ts";
import { type Speakers, speakersOf } from "../../../lib/metrics/speakers.ts";
import type { Predictions } from "../../../lib/records/predictions.ts";

/** What a run made of each example that it was tested on; its score is the sum of the first over that of the second. */
export interface Outcomes {
  /** Stands for the examples: two runs with the same were tested on the same, in the same order. */
  readonly examples: string;
  readonly score: Float64Array;
  readonly of: Float64Array;
  /** Absent: not known, or too few to say anything. */
  readonly speakers?: Speakers | undefined;
}

/** By run; those of which nothing is known are not paired. */
export type OutcomesByRun = ReadonlyMap<string, Outcomes>;

export function outcomesOf({ examples }: Pick<Predictions, "examples">): Outcomes {
  return {
    examples: sha256(JSON.stringify(examples.map(({ name, of, speaker }) => [name, of, speaker]))),
    score: Float64Array.from(examples, ({ score }) => score),
    of: Float64Array.from(examples, ({ of }) => of),
    speakers: speakersOf(examples),
  };
}
