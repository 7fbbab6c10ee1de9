/** Stage `lr_range` of a recogniser: trains for a moment while the learning rate grows. */
import { openBackend } from "../../lib/backend/backend_io.ts";
import { recognizing } from "../../lib/train/recognizer.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";
import { type RateRangeSlice, runRateRange } from "./rate_range.ts";
import { openTraining, type RecognizerTrainerSlice } from "./recognizer_inputs.ts";

/** Reads inputs `train`, `validation` and, if training starts from a checkpoint, `init`; writes `lr_range.json` and `lr_range.csv`. */
export interface LrRangeRecognizerSlice extends RateRangeSlice {
  readonly trainer: Omit<RecognizerTrainerSlice, "epochs">;
}

export async function run(io: StageIo): Promise<void> {
  const slice = io.slice as unknown as LrRangeRecognizerSlice;
  const { sampler, batch_size } = slice.trainer;
  await openBackend(slice.backend, { threads: io.threads });
  const { training, validation, classes, network, rng, state } = openTraining(io, slice);
  try {
    await runRateRange(io, slice, {
      objective: (clipsPerEpoch) =>
        recognizing(network, {
          train: training,
          validation,
          classes,
          sampler,
          clipsPerEpoch,
          batchSize: batch_size,
        }),
      state,
      rng,
    });
  } finally {
    training[Symbol.dispose]();
    validation[Symbol.dispose]();
  }
}

if (import.meta.main) await serveStage(run);
