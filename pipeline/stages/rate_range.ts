/** What learning-rate range tests of all kinds do alike. */
import { UserError } from "../../lib/base/errors.ts";
import type { Rng } from "../../lib/base/random.ts";
import type { NetworkState } from "../../lib/nn/types.ts";
import {
  type LrRange,
  lrRange,
  rangeGroups,
  type RangePoint,
  smoothLosses,
  suggestRates,
} from "../../lib/train/lr_range.ts";
import type { Objective } from "../../lib/train/objective.ts";
import { createOptimizer } from "../../lib/train/optimizer.ts";
import type { StageIo } from "../engine/stage.ts";
import { lrRangeCsv, type LrRangeRecord } from "../report/lr_range.ts";
import type { OptimSlice, TrainingSlice } from "./training.ts";

export interface RateRangeSlice extends TrainingSlice {
  readonly trainer: { readonly batch_size: number; readonly clips_per_epoch: number | null };
  /** Of the group `model`; steps null: as many as an epoch has, and no fewer than 100. */
  readonly range: Omit<LrRange, "steps"> & { readonly steps: number | null };
}

export interface RateRangeOptions<B> {
  /** Draws this many clips an epoch. */
  objective(clipsPerEpoch: number | null): Objective<B>;
  readonly state: NetworkState;
  readonly rng: Rng;
}

/** A shorter range has too few points to average over. */
const LEAST_STEPS = 100;

/** Writes `lr_range.json` and `lr_range.csv`. @throws {UserError} `bad-config` if there is no rate to vary. */
export async function runRateRange<B>(
  io: StageIo,
  { trainer, optim, range: wanted }: RateRangeSlice,
  { objective, state, rng }: RateRangeOptions<B>,
): Promise<void> {
  const steps = wanted.steps ?? Math.max(LEAST_STEPS, objective(trainer.clips_per_epoch).stepsPerEpoch);
  const range = { ...wanted, steps };
  const long = objective(steps * trainer.batch_size); // as few epochs as the data allow
  const { specs } = long.learner.network;
  const optimizer = createOptimizer(groupsOf(optim, range), specs, state);
  const points: RangePoint[] = [];
  for await (const point of lrRange({ objective: long, state, optimizer, rng }, range)) {
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
    groups: [...new Set(specs.filter((spec) => spec.trainable).map(({ group }) => group))],
  };
  Deno.writeTextFileSync(io.output("lr_range.json"), `${JSON.stringify(record, null, 2)}\n`);
  Deno.writeTextFileSync(io.output("lr_range.csv"), lrRangeCsv(record));
}

function groupsOf(optim: OptimSlice, range: LrRange) {
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
