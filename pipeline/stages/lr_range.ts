/** Stage `lr_range`: trains for a moment while the learning rate grows, and says where the loss falls fastest. */
import { openBackend } from "../../lib/backend/backend_io.ts";
import { UserError } from "../../lib/base/errors.ts";
import { Rng } from "../../lib/base/random.ts";
import { softmaxCrossEntropy } from "../../lib/kernels/softmax_cross_entropy/op.ts";
import { buildNetwork, createState } from "../../lib/models/network.ts";
import { checkFeatures, openFeatures } from "../../lib/train/feature_file_io.ts";
import { stepsInEpoch } from "../../lib/train/loop.ts";
import {
  type LrRange,
  lrRange,
  rangeGroups,
  type RangePoint,
  smoothLosses,
  suggestRates,
} from "../../lib/train/lr_range.ts";
import { createOptimizer } from "../../lib/train/optimizer.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";
import { lrRangeCsv, type LrRangeRecord } from "../report/lr_range.ts";
import { startFrom, type TrainSlice } from "./train.ts";

/** Reads inputs `train`, `validation` and, if training starts from a checkpoint, `init`; writes `lr_range.json` and `lr_range.csv`. */
export interface LrRangeSlice extends Omit<TrainSlice, "trainer"> {
  readonly trainer: Omit<TrainSlice["trainer"], "epochs">;
  /** Of the group `model`; steps null: as many as an epoch has, and no fewer than 100. */
  readonly range: Omit<LrRange, "steps"> & { readonly steps: number | null };
}

/** A shorter range has too few points to average over. */
const LEAST_STEPS = 100;

export async function run(io: StageIo): Promise<void> {
  const slice = io.slice as unknown as LrRangeSlice;
  const { trainer, optim } = slice;
  await openBackend(slice.backend, { threads: io.threads });
  using training = openFeatures(io.input("train"));
  using validation = openFeatures(io.input("validation"));
  const { classes } = training.info;
  const network = buildNetwork(slice.frontend, slice.model, classes.length, slice.clip_samples);
  checkFeatures(training, io.input("train"), network);
  checkFeatures(validation, io.input("validation"), network);

  const sampler = { kind: trainer.sampler, clipsPerEpoch: trainer.clips_per_epoch };
  const steps = slice.range.steps ??
    Math.max(LEAST_STEPS, stepsInEpoch(sampler, training.count, trainer.batch_size));
  const range = { ...slice.range, steps };
  const rng = Rng.fromSeed(slice.seed);
  const state = createState(network, rng.fork("init"));
  if (io.inputs["init"] !== undefined) startFrom(io, slice, network, state, classes);
  const optimizer = createOptimizer(groupsOf(optim, range), network.specs, state);
  const points: RangePoint[] = [];
  const all = lrRange({
    network,
    state,
    optimizer,
    loss: softmaxCrossEntropy,
    train: training,
    validation,
    classes,
    sampler,
    batchSize: trainer.batch_size,
    rng,
  }, range);
  for await (const point of all) {
    points.push(point);
    const figures = { rate: point.rates.model, loss: point.loss };
    io.progress({ done: point.step, total: steps, unit: "steps", figures });
  }
  const smoothed = smoothLosses(points.map(({ loss }) => loss));
  const record: LrRangeRecord = {
    format: 1,
    range,
    points: points.map((point, i) => ({ ...point, smoothed: smoothed[i]! })),
    suggestion: suggestRates(points.map(({ rates }) => rates.model), smoothed),
    highest: optimizer.rates(1),
    groups: [...new Set(network.specs.filter((spec) => spec.trainable).map(({ group }) => group))],
  };
  Deno.writeTextFileSync(io.output("lr_range.json"), `${JSON.stringify(record, null, 2)}\n`);
  Deno.writeTextFileSync(io.output("lr_range.csv"), lrRangeCsv(record));
}

function groupsOf(optim: TrainSlice["optim"], range: LrRange) {
  try {
    return rangeGroups(optim, optim.schedule, range);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(
      "bad-config",
      `Cannot test a range of learning rates: optim.model.lr is 0, and other groups keep their ratio to it. Wanted ` +
        `more than 0.`,
      { cause: error },
    );
  }
}

if (import.meta.main) await serveStage(run);
