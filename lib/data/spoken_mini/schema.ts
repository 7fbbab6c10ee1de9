/** The settings by which the synthetic words are made. */
import { z } from "zod";
import type { Parsed } from "../../base/record.ts";

export const spokenMiniShape = {
  seed: z.int().min(0),
  /** Null: the 35 words of Speech Commands. Phrases of several words have a space between them. */
  words: z.array(
    z.string().regex(/^[a-z][a-z']*( [a-z][a-z']*)*$/, "wanted words or phrases of the letters a to z"),
  ).min(1).nullable(),
  clips_per_word: z.int().min(3).max(10000),
  /** Speakers; each says each word at least once. */
  voices: z.int().min(3).max(1000),
  /** Length of each background recording. */
  noise_seconds: z.number().min(3).max(600),
  /** Phrases that sound like each word, where all words are targets: they are of no class but that of other words. */
  similar: z.int().min(0).max(100).default(0),
  /** Clips of each of them, of each part of a word and of each word of Speech Commands; 0: there are none. */
  negative_clips: z.int().min(0).max(10000).default(0),
};

/** @see spokenMiniShape */
export const spokenMiniSchema = z.strictObject({
  ...spokenMiniShape,
  /** In Hz. */
  sample_rate: z.int().min(8000).max(48000),
});

export type SpokenMiniSettings = Parsed<typeof spokenMiniSchema>;
