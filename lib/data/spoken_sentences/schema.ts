/** The settings by which the synthetic sentences are made. */
import { z } from "zod";
import type { Parsed } from "../../base/record.ts";

export const spokenSentencesShape = {
  seed: z.int().min(0),
  /** Speakers, at least three. */
  voices: z.int().min(3).max(1000),
  /** Of each speaker; no sentence is said twice. */
  sentences_per_voice: z.int().min(1).max(100),
};

/** @see spokenSentencesShape */
export const spokenSentencesSchema = z.strictObject({
  ...spokenSentencesShape,
  /** In Hz. */
  sample_rate: z.int().min(8000).max(48000),
});

export type SpokenSentencesSettings = Parsed<typeof spokenSentencesSchema>;
