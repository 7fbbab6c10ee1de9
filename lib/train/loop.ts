/**
 * Training as a sequence of events. Model, loss and sources are arguments; nothing is printed or stored here.
 * All randomness is forked by epoch or step, so that going on from a snapshot equals never having stopped.
 */
import type { Rng } from "../base/random.ts";
import {
  accuracy,
  type ClassificationCounts,
  countBatch,
  meanCrossEntropy,
  startCounts,
} from "../metrics/classification.ts";
import { evaluateNetwork } from "./evaluate.ts";
import { clipsInEpoch, epochOrder, type SamplerSpec } from "./sampler.ts";
import { rateFactor, type ScheduleSpec } from "./schedule.ts";
import type { Rates } from "./optimizer.ts";
import { copyValues, type EpochRecord, restoreSnapshot, type Snapshot } from "./snapshot.ts";
import type { BatchSource } from "./source.ts";
import { type Trainee, trainStep } from "./step.ts";

export interface TrainOptions extends Trainee {
  readonly train: BatchSource;
  readonly validation: BatchSource;
  readonly classes: readonly string[];
  readonly sampler: SamplerSpec;
  readonly schedule: ScheduleSpec;
  readonly epochs: number;
  readonly batchSize: number;
  readonly rng: Rng;
  /** Goes on from here; state and optimizer are overwritten. */
  readonly from?: Snapshot;
}

/** Why training cannot go on. */
export interface TrainFailure {
  readonly reason: "loss-not-finite";
  readonly phase: "training" | "validation";
  readonly epoch: number;
  /** Steps taken, the failing one included. */
  readonly step: number;
  readonly rates: Rates;
  readonly loss: number;
}

export type TrainEvent =
  | {
    readonly type: "step";
    /** From 1. */
    readonly epoch: number;
    /** Steps taken since the start. */
    readonly step: number;
    /** Of this step's batch. */
    readonly loss: number;
    /** Means over the epoch so far. */
    readonly meanLoss: number;
    readonly accuracy: number;
    readonly rates: Rates;
  }
  | {
    readonly type: "epoch";
    readonly record: EpochRecord;
    /** Whether this epoch's validation loss is the lowest so far. */
    readonly isBest: boolean;
    readonly snapshot: Snapshot;
  }
  /** The last event, if it comes. */
  | { readonly type: "failed"; readonly failure: TrainFailure };

/** Steps that one epoch takes; the last batch may be smaller. */
export function stepsInEpoch(sampler: SamplerSpec, clips: number, batchSize: number): number {
  return Math.ceil(clipsInEpoch(sampler, clips) / batchSize);
}

/**
 * Trains from the state as it is, or from a snapshot, to the end of epoch `epochs`. Yields a step event after each
 * step and an epoch event after each validation; ends early with a failed event.
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainEvent> {
  const { state, optimizer, epochs, from } = options;
  if (from !== undefined) restoreSnapshot(from, state, optimizer);
  let { epoch, steps, best, history } = from ?? { epoch: 0, steps: 0, best: null, history: [] };
  while (epoch < epochs) {
    epoch++;
    const trained = yield* trainEpoch(options, epoch, steps);
    if (trained === null) return;
    steps = trained.steps;
    const validation = await evaluateNetwork(options.network, state, options.validation, options.batchSize);
    const validationLoss = meanCrossEntropy(validation);
    if (!Number.isFinite(validationLoss)) {
      yield failed({ phase: "validation", epoch, step: steps, rates: trained.rates, loss: validationLoss });
      return;
    }
    const record: EpochRecord = {
      epoch,
      steps,
      lr: trained.rates,
      loss: trained.meanLoss,
      accuracy: trained.accuracy,
      validation_loss: validationLoss,
      validation_accuracy: accuracy(validation),
    };
    history = [...history, record];
    const values = await copyValues(state);
    const isBest = best === null || validationLoss < best.validationLoss;
    if (isBest) best = { epoch, validationLoss, state: values };
    const snapshot = {
      epoch,
      steps,
      state: values,
      optimizer: await copyValues(optimizer.state),
      best,
      history,
    };
    yield { type: "epoch", record, isBest, snapshot };
  }
}

interface EpochOutcome {
  readonly steps: number;
  readonly meanLoss: number;
  readonly accuracy: number;
  readonly rates: Rates;
}

/** @returns null after a failure, which has been yielded. */
async function* trainEpoch(
  options: TrainOptions,
  epoch: number,
  stepsBefore: number,
): AsyncGenerator<TrainEvent, EpochOutcome | null> {
  const { train: source, rng, optimizer, batchSize } = options;
  const order = epochOrder(options.sampler, source.labels, options.classes, rng.fork("batches").fork(epoch));
  const counts: ClassificationCounts = startCounts(options.network.classes);
  let step = stepsBefore;
  let lossSum = 0;
  let rates = optimizer.rates(rateFactor(options.schedule, step));
  for (let start = 0; start < order.length; start += batchSize) {
    const factor = rateFactor(options.schedule, step);
    rates = optimizer.rates(factor);
    const batch = await source.read(order.subarray(start, start + batchSize));
    const dropout = rng.fork("dropout").fork(step);
    const { loss, logits } = await trainStep(options, batch, {
      shape: source.shape,
      rateFactor: factor,
      dropout,
    });
    step++;
    if (!Number.isFinite(loss)) {
      yield failed({ phase: "training", epoch, step, rates, loss });
      return null;
    }
    countBatch(counts, logits, batch.labels);
    lossSum += loss * batch.labels.length;
    const meanLoss = lossSum / counts.clips;
    yield { type: "step", epoch, step, loss, meanLoss, accuracy: accuracy(counts), rates };
  }
  return { steps: step, meanLoss: lossSum / counts.clips, accuracy: accuracy(counts), rates };
}

function failed(failure: Omit<TrainFailure, "reason">): TrainEvent {
  return { type: "failed", failure: { reason: "loss-not-finite", ...failure } };
}
