/** Makes the synthetic corpus of sentences: output `audio`, a folder in the layout of TIMIT. */
import type { JsonObject } from "../../lib/base/json.ts";
import { maker } from "../../lib/data/spoken_sentences/maker_io.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";

export interface SynthesizeSentencesSlice {
  readonly seed: number;
  readonly voices: number;
  readonly sentences_per_voice: number;
  readonly sample_rate: number;
}

/** @throws {UserError} `bad-config` if the slice does not describe a corpus. */
export async function synthesizeSentences(io: StageIo): Promise<void> {
  await maker(io.slice as JsonObject, io.output("audio"), io);
}

if (import.meta.main) await serveStage(synthesizeSentences);
