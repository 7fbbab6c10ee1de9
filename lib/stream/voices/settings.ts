/** The settings by which a stream of speech is made. */
import { z } from "zod";
import type { Parsed } from "../../base/record.ts";

/** Of whom streams are: nobody is heard in both. */
export const SIDES = ["development", "test"] as const;
export type Side = typeof SIDES[number];

/** Speech over noise, in dB; null: no noise but what is added of a recording's own floor. */
const snrDb = z.number().min(-20).max(100).nullable();

export const voicesShape = {
  seed: z.int().min(0),
  /** Of sound. */
  minutes: z.number().min(0).max(6000),
  /** Speakers of each stream. */
  voices: z.int().min(1).max(500),
  /** Keywords a minute. */
  words_per_minute: z.number().gt(0).max(30),
  snr_db: snrDb,
};

/** What the maker is told. */
export const voicesSchema = z.strictObject({
  ...voicesShape,
  side: z.enum(SIDES),
  /** Words that are listened for: the rest of the stream has none of them. */
  words: z.array(z.string().min(1)).min(1),
  /** Speakers of training, as engine and variant: none of them is heard. */
  heard: z.array(z.string()),
  /** In Hz. */
  sample_rate: z.int().min(8000).max(48000),
});

export type VoicesSettings = Parsed<typeof voicesSchema>;
