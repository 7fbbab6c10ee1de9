/** What there is in a split, for whoever reads figures that were measured on it. */
import { countSpeakers } from "../metrics/speakers.ts";
import type { ExampleIndex, SplitName } from "../records/example_index.ts";

export interface SplitFacts {
  readonly split: SplitName;
  readonly examples: number;
  /** Null: not known of all. */
  readonly speakers: number | null;
  /** Recordings of noise, out of which clips of silence are cut. Null likewise. */
  readonly noises: number | null;
  /** Of all examples, as they are read: padded or cut where clips are. */
  readonly seconds: number;
  /** Examples that the user's list left out. */
  readonly excluded: number;
}

export function splitFacts(
  { split, examples, sampleRate, notes }: Pick<ExampleIndex, "split" | "examples" | "sampleRate" | "notes">,
): SplitFacts {
  return {
    split,
    examples: examples.length,
    ...countSpeakers(examples) ?? { speakers: null, noises: null },
    seconds: examples.reduce((sum, { samples }) => sum + samples, 0) / sampleRate,
    excluded: Number(notes["excluded"] ?? 0),
  };
}
