/** Stage `train`: trains one network on cached features, and keeps its best and its last state. */
import { openBackend } from "../../lib/backend/backend_io.ts";
import { Rng } from "../../lib/base/random.ts";
import { softmaxCrossEntropy } from "../../lib/kernels/softmax_cross_entropy/op.ts";
import { buildNetwork, createState } from "../../lib/models/network.ts";
import { classifying } from "../../lib/train/classifier.ts";
import { checkFeatures, openFeatures } from "../../lib/train/feature_file_io.ts";
import type { SamplerKind } from "../../lib/train/sampler.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";
import { runTraining, startFrom, type TrainingSlice } from "./training.ts";

export type { History } from "./training.ts";

/**
 * Reads inputs `train`, `validation` and, where training starts from a checkpoint, `init`; writes `best.safetensors`,
 * `last.safetensors` and `history.json`.
 */
export interface TrainSlice extends TrainingSlice {
  readonly trainer: TrainerSlice;
  readonly clip_samples: number;
}

export interface TrainerSlice {
  readonly epochs: number;
  readonly batch_size: number;
  readonly sampler: SamplerKind;
  readonly clips_per_epoch: number | null;
}

export async function run(io: StageIo): Promise<void> {
  const slice = io.slice as unknown as TrainSlice;
  const { trainer } = slice;
  const { device } = await openBackend(slice.backend, { threads: io.threads });
  io.note("info", `Training on ${slice.backend} (${device})`);
  using training = openFeatures(io.input("train"));
  using validation = openFeatures(io.input("validation"));
  const { classes } = training.info;
  const network = buildNetwork(slice.frontend, slice.model, classes.length, slice.clip_samples);
  checkFeatures(training, io.input("train"), network);
  checkFeatures(validation, io.input("validation"), network);

  const rng = Rng.fromSeed(slice.seed);
  const state = createState(network, rng.fork("init"));
  if (io.inputs["init"] !== undefined) startFrom(io, slice, network, state, classes);
  const objective = classifying(network, softmaxCrossEntropy, {
    train: training,
    validation,
    classes,
    sampler: { kind: trainer.sampler, clipsPerEpoch: trainer.clips_per_epoch },
    batchSize: trainer.batch_size,
  });
  await runTraining(io, slice, {
    objective,
    rng,
    state,
    epochs: trainer.epochs,
    classes,
    metadata: { clip_samples: String(slice.clip_samples) },
    score: (accuracy, prefix) => ({ [`${prefix}accuracy`]: accuracy }),
  });
}

if (import.meta.main) await serveStage(run);
