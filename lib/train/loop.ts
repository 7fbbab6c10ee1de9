/**
 * Training as a sequence of events. Model, loss and sources are arguments; nothing is printed or stored here.
 * All randomness is forked by epoch or step, so that going on from a snapshot equals never having stopped.
 */
import type { Rng } from "../base/random.ts";
import type { Objective } from "./objective.ts";
import type { Optimizer, Rates } from "./optimizer.ts";
import { rateFactor, type ScheduleSpec } from "./schedule.ts";
import type { EpochRecord } from "../records/history.ts";
import { copyValues, restoreSnapshot, type Snapshot } from "./snapshot.ts";
import { trainStep } from "./step.ts";
import type { NetworkState } from "../nn/types.ts";

export interface TrainOptions {
  readonly objective: Objective;
  readonly state: NetworkState;
  readonly optimizer: Optimizer;
  readonly schedule: ScheduleSpec;
  readonly epochs: number;
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

/**
 * Trains from the state as it is, or from a snapshot, to the end of epoch `epochs`. Yields a step event after each
 * step and an epoch event after each validation; ends early with a failed event.
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainEvent> {
  const { objective, state, optimizer, epochs, from } = options;
  if (from !== undefined) restoreSnapshot(from, state, optimizer);
  let { epoch, steps, best, history } = from ?? { epoch: 0, steps: 0, best: null, history: [] };
  while (epoch < epochs) {
    epoch++;
    const trained = yield* trainEpoch(options, epoch, steps);
    if (trained === null) return;
    steps = trained.steps;
    const { loss: validationLoss, accuracy } = await objective.validate(state);
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
      validationLoss,
      validationAccuracy: accuracy,
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
  { objective, state, optimizer, schedule, rng }: TrainOptions,
  epoch: number,
  stepsBefore: number,
): AsyncGenerator<TrainEvent, EpochOutcome | null> {
  const { learner } = objective;
  const tally = objective.startTally();
  let [step, clips, lossSum] = [stepsBefore, 0, 0];
  let rates = optimizer.rates(rateFactor(schedule, step));
  const changes = rng.fork("augment").fork(epoch);
  for (const rows of objective.epochBatches(rng.fork("batches").fork(epoch))) {
    const factor = rateFactor(schedule, step);
    rates = optimizer.rates(factor);
    const batch = await objective.read(rows, changes);
    const dropout = rng.fork("dropout").fork(step);
    const { loss, logits } = await trainStep({ learner, state, optimizer }, batch, {
      rateFactor: factor,
      dropout,
    });
    step++;
    if (!Number.isFinite(loss)) {
      yield failed({ phase: "training", epoch, step, rates, loss });
      return null;
    }
    tally.add(batch, logits, NaN);
    clips += rows.length;
    lossSum += loss * rows.length;
    yield { type: "step", epoch, step, loss, meanLoss: lossSum / clips, accuracy: tally.accuracy(), rates };
  }
  return { steps: step, meanLoss: lossSum / clips, accuracy: tally.accuracy(), rates };
}

function failed(failure: Omit<TrainFailure, "reason">): TrainEvent {
  return { type: "failed", failure: { reason: "loss-not-finite", ...failure } };
}
