/** Stage `train` of a recogniser: trains one network on cached features, and keeps its best and its last state. */
import { openBackend } from "../../lib/backend/backend_io.ts";
import { recognizing } from "../../lib/train/recognizer.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";
import { openTraining, type RecognizerTrainerSlice } from "./recognizer_inputs.ts";
import { runTraining, type TrainingSlice } from "./training.ts";

/**
 * Reads inputs `train`, `validation` and, where training starts from a checkpoint, `init`; writes `best.safetensors`,
 * `last.safetensors` and `history.json`, where an accuracy is 1 - error rate.
 */
export interface TrainRecognizerSlice extends TrainingSlice {
  readonly trainer: RecognizerTrainerSlice;
}

export async function run(io: StageIo): Promise<void> {
  const slice = io.slice as unknown as TrainRecognizerSlice;
  const { trainer } = slice;
  const { device } = await openBackend(slice.backend, { threads: io.threads });
  io.note("info", `Training on ${slice.backend} (${device})`);
  const { training, validation, classes, network, rng, state } = openTraining(io, slice);
  try {
    const objective = recognizing(network, {
      train: training,
      validation,
      classes,
      sampler: trainer.sampler,
      clipsPerEpoch: trainer.clips_per_epoch,
      batchSize: trainer.batch_size,
    });
    await runTraining(io, slice, {
      objective,
      rng,
      state,
      epochs: trainer.epochs,
      classes,
      metadata: { task: "asr" },
      score: (accuracy, prefix) => ({ [`${prefix}error_rate`]: 1 - accuracy }),
    });
  } finally {
    training[Symbol.dispose]();
    validation[Symbol.dispose]();
  }
}

if (import.meta.main) await serveStage(run);
