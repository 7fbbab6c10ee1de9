/** The settings by which the synthetic words are made. */
import { z } from "zod";
import type { Parsed } from "../../base/record.ts";

export const spokenMiniShape = {
  seed: z.int().min(0),
  /** Null: the 35 words of Speech Commands. */
  words: z.array(z.string().regex(/^[a-z]+$/, "wanted words of the letters a to z")).min(1).nullable(),
  clips_per_word: z.int().min(3).max(10000),
  /** Speakers; each says each word at least once. */
  voices: z.int().min(3).max(1000),
  /** Length of each background recording. */
  noise_seconds: z.number().min(3).max(600),
};

/** @see spokenMiniShape */
export const spokenMiniSchema = z.strictObject({
  ...spokenMiniShape,
  /** In Hz. */
  sample_rate: z.int().min(8000).max(48000),
});

export type SpokenMiniSettings = Parsed<typeof spokenMiniSchema>;
