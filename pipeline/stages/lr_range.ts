/** Stage `lr_range`: trains for a moment while the learning rate grows, and says where the loss falls fastest. */
import { z } from "zod";
import { openBackend } from "../../lib/backend/backend_io.ts";
import { UserError } from "../../lib/base/errors.ts";
import { type LrRangeRecord, lrRangeText } from "../../lib/records/lr_range.ts";
import {
  lrRange,
  rangeGroups,
  type RangePoint,
  smoothLosses,
  suggestRates,
} from "../../lib/train/lr_range.ts";
import { groupsOf, openOptimizer, type OptimSpec } from "../../lib/train/optimizer.ts";
import { openTraining } from "../../lib/train/session_io.ts";
import { trainingShape } from "../../lib/train/spec.ts";
import { startFrom } from "../checkpoints/import_io.ts";
import { defineStage } from "../engine/stage.ts";
import { lrRangeCsv } from "../report/text/lr_range.ts";

/** Reads inputs `train`, `validation` and, if training starts from a checkpoint, `init`; writes `lr_range.json` and `.csv`. */
const slice = z.strictObject({
  ...trainingShape,
  /** Of the group `model`; steps null: as many as an epoch has, and no fewer than 100. */
  range: z.strictObject({ low: z.number(), high: z.number(), steps: z.int().nullable() }),
});

/** A shorter range has too few points to average over. */
const LEAST_STEPS = 100;

export const stage = defineStage({
  slice,
  /** @throws {UserError} `bad-config` if there is no rate to vary. */
  async run(io, { task, frontend, model, augment, optim, seed, backend, trainer, range: wanted }) {
    const { clipsPerEpoch, ...drawing } = trainer;
    const { batchSize } = drawing;
    io.madeWith((await openBackend(backend, { threads: io.threads })).facts);
    using open = await openTraining(
      { task, frontend, model, augment, seed, ...drawing, workers: 0 },
      { train: io.input("train"), validation: io.input("validation") },
      (message) => io.note("warning", message),
    );
    const { network, info: { classes }, rng, state } = open;
    if (io.inputs["init"] !== undefined) await startFrom(io, { network, frontend, model, classes, state });

    const steps = wanted.steps ?? Math.max(LEAST_STEPS, open.objective(clipsPerEpoch).stepsPerEpoch);
    const range = { ...wanted, steps };
    const objective = open.objective(steps * batchSize); // as few epochs as the data allow
    const optimizer = await openOptimizer(withRange(optim, range), network.specs, state);
    const points: RangePoint[] = [];
    for await (const point of lrRange({ objective, state, optimizer, rng }, range)) {
      points.push(point);
      const figures = { rate: point.rates.model, loss: point.loss };
      io.progress({ done: point.step, total: steps, unit: "steps", figures });
    }
    const smoothed = smoothLosses(points.map(({ loss }) => loss));
    const record: LrRangeRecord = {
      range,
      points: points.map((point, i) => ({ ...point, smoothed: smoothed[i]! })),
      suggestion: suggestRates(points.map(({ rates }) => rates.model), smoothed),
      highest: optimizer.rates(1),
      groups: [...new Set(network.specs.filter((spec) => spec.trainable).map(({ group }) => group))],
    };
    Deno.writeTextFileSync(io.output("lr_range.json"), lrRangeText(record));
    Deno.writeTextFileSync(io.output("lr_range.csv"), lrRangeCsv(record));
  },
});

function withRange(
  optim: OptimSpec,
  range: { readonly low: number; readonly high: number; readonly steps: number },
) {
  try {
    const { stft, mel, model, ...parts } = rangeGroups(groupsOf(optim), optim.schedule, range);
    return { ...optim, stft, mel, model, parts };
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

if (import.meta.main) await stage.serve();
