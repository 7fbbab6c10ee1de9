/** Stage `lr_range`: trains for a moment while the learning rate grows, and says where the loss falls fastest. */
import { openBackend } from "../../lib/backend/backend_io.ts";
import { Rng } from "../../lib/base/random.ts";
import { softmaxCrossEntropy } from "../../lib/kernels/softmax_cross_entropy/op.ts";
import { buildNetwork, createState } from "../../lib/models/network.ts";
import { classifying } from "../../lib/train/classifier.ts";
import { checkFeatures, openFeatures } from "../../lib/train/feature_file_io.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";
import { type RateRangeSlice, runRateRange } from "./rate_range.ts";
import type { TrainSlice } from "./train.ts";
import { startFrom } from "./training.ts";

/** Reads inputs `train`, `validation` and, if training starts from a checkpoint, `init`; writes `lr_range.json` and `lr_range.csv`. */
export interface LrRangeSlice extends RateRangeSlice {
  readonly trainer: Omit<TrainSlice["trainer"], "epochs">;
  readonly clip_samples: number;
}

export async function run(io: StageIo): Promise<void> {
  const slice = io.slice as unknown as LrRangeSlice;
  const { trainer } = slice;
  await openBackend(slice.backend, { threads: io.threads });
  using training = openFeatures(io.input("train"));
  using validation = openFeatures(io.input("validation"));
  const { classes } = training.info;
  const network = buildNetwork(slice.frontend, slice.model, classes.length, slice.clip_samples);
  checkFeatures(training, io.input("train"), network);
  checkFeatures(validation, io.input("validation"), network);

  const rng = Rng.fromSeed(slice.seed);
  const state = createState(network, rng.fork("init"));
  if (io.inputs["init"] !== undefined) startFrom(io, slice, network, state, classes);
  await runRateRange(io, slice, {
    objective: (clipsPerEpoch) =>
      classifying(network, softmaxCrossEntropy, {
        train: training,
        validation,
        classes,
        sampler: { kind: trainer.sampler, clipsPerEpoch },
        batchSize: trainer.batch_size,
      }),
    state,
    rng,
  });
}

if (import.meta.main) await serveStage(run);
