/** The settings by which running speech is made. */
import { z } from "zod";
import type { Parsed } from "../../base/record.ts";

/** Of each speaker. */
export const runningSeconds = z.number().min(0).max(3600);

export const runningSchema = z.strictObject({
  seed: z.int().min(0),
  /** Of the data set: who of them are training's read. */
  voices: z.int().min(3).max(1000),
  /** Words or phrases that are not said. */
  without: z.array(z.string().min(1)).min(1),
  running_seconds: runningSeconds,
  /** In Hz. */
  sample_rate: z.int().min(8000).max(48000),
});

export type RunningSettings = Parsed<typeof runningSchema>;
