/** Which stages a run goes through after its features, and what part of the configuration each sees. */
import type { RunConfig } from "./config/schema.ts";
import type { DataWork } from "./data_work.ts";
import type { NewTask } from "./graph_builder.ts";
import type { EvaluateSlice } from "./stages/evaluate.ts";
import type { EvaluateCheckpointSlice } from "./stages/evaluate_checkpoint.ts";
import type { EvaluateRecognizerSlice } from "./stages/evaluate_recognizer.ts";
import type { EvaluateRecognizerCheckpointSlice } from "./stages/evaluate_recognizer_checkpoint.ts";
import type { LrRangeSlice } from "./stages/lr_range.ts";
import type { LrRangeRecognizerSlice } from "./stages/lr_range_recognizer.ts";
import type { TrainSlice } from "./stages/train.ts";
import type { TrainRecognizerSlice } from "./stages/train_recognizer.ts";
import type { TrainingSlice } from "./stages/training.ts";

type StageWork = Pick<NewTask, "stage" | "module" | "slice">;

export interface RunStages {
  readonly train: StageWork & { readonly slice: TrainingSlice };
  readonly evaluate: StageWork;
  evaluateCheckpoint(splits: readonly string[]): StageWork;
  lrRange(range: LrRangeSlice["range"]): StageWork;
}

export function stagesOf(config: RunConfig, work: DataWork): RunStages {
  const { model, optim, seed, trainer } = config;
  const { frontend, backend } = work;
  const computing = { frontend, model, backend };
  const { batch_size, clips_per_epoch } = trainer;
  switch (config.task) {
    case "kws": {
      const { clip_samples } = config.dataset;
      const { sampler } = config.trainer;
      const train: TrainSlice = { ...computing, trainer: config.trainer, optim, seed, clip_samples };
      const evaluate: EvaluateSlice = { ...computing, batch_size, clip_samples };
      return {
        train: { stage: "train", slice: train },
        evaluate: { stage: "evaluate", slice: evaluate },
        evaluateCheckpoint(splits) {
          const slice: EvaluateCheckpointSlice = { ...evaluate, splits };
          return { stage: "evaluate_checkpoint", slice };
        },
        lrRange(range) {
          const slice: LrRangeSlice = { ...train, trainer: { batch_size, sampler, clips_per_epoch }, range };
          return { stage: "lr_range", slice };
        },
      };
    }
    case "asr": {
      const { sampler } = config.trainer;
      const train: TrainRecognizerSlice = { ...computing, trainer: config.trainer, optim, seed };
      const evaluate: EvaluateRecognizerSlice = { ...computing, batch_size, decoder: config.decoder };
      return {
        train: { stage: "train", module: "train_recognizer", slice: train },
        evaluate: { stage: "evaluate", module: "evaluate_recognizer", slice: evaluate },
        evaluateCheckpoint(splits) {
          const slice: EvaluateRecognizerCheckpointSlice = { ...evaluate, splits };
          return { stage: "evaluate_checkpoint", module: "evaluate_recognizer_checkpoint", slice };
        },
        lrRange(range) {
          const slice: LrRangeRecognizerSlice = {
            ...train,
            trainer: { batch_size, sampler, clips_per_epoch },
            range,
          };
          return { stage: "lr_range", module: "lr_range_recognizer", slice };
        },
      };
    }
    default:
      throw config satisfies never;
  }
}
