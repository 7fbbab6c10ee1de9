/** Makes the synthetic data set: output `audio`, a folder in the layout of Speech Commands. */
import type { JsonObject } from "../../lib/base/json.ts";
import { maker } from "../../lib/data/spoken_mini/maker_io.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";

export interface SynthesizeSlice {
  readonly seed: number;
  readonly words: readonly string[] | null;
  readonly clips_per_word: number;
  readonly voices: number;
  readonly noise_seconds: number;
  readonly sample_rate: number;
}

/** @throws {UserError} `bad-config` if the slice does not describe a data set. */
export async function synthesize(io: StageIo): Promise<void> {
  await maker(io.slice as JsonObject, io.output("audio"), io);
}

if (import.meta.main) await serveStage(synthesize);
