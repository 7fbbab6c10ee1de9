/**
 * Training as a sequence of events. Model, loss and sources are arguments; nothing is printed or stored here.
 * All randomness is forked by epoch or step, so that going on from a snapshot equals never having stopped.
 */
import { UserError } from "../base/errors.ts";
import type { Rng } from "../base/random.ts";
import { averageOf, type StateAverage } from "./average.ts";
import type { Objective } from "./objective.ts";
import type { Optimizer, Rates } from "./optimizer.ts";
import { endingOf, isBetter, type Limits, scored } from "./ending.ts";
import { type Course, hasHorizon, rateFactor, type ScheduleSpec } from "./schedule.ts";
import type { EpochRecord } from "../records/history.ts";
import type { Score } from "./selections/contract.ts";
import { copyValues, evaluatedValues, restoreSnapshot, type Snapshot } from "./snapshot.ts";
import type { AverageSpec } from "./spec.ts";
import { trainStep } from "./step.ts";
import type { NetworkState } from "../nn/types.ts";

export interface TrainOptions {
  readonly objective: Objective;
  readonly state: NetworkState;
  readonly optimizer: Optimizer;
  readonly schedule: ScheduleSpec;
  /** Evaluated and kept in the place of the state; absent: the state itself is. */
  readonly average?: AverageSpec;
  readonly epochs: number;
  /** Epochs by which schedules go that reach to the end of a training, of which this is a part; absent: `epochs`. */
  readonly horizonEpochs?: number;
  /** It ends where so many epochs in a row have brought no better state, >= 1; absent: it does not. */
  readonly patience?: number;
  /** What the best state has least of; absent: validation loss. */
  readonly select?: Score;
  readonly rng: Rng;
  /** A clock in milliseconds, for what is told of waiting; absent: nothing is. */
  readonly now?: () => number;
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
    /** Share of the epoch's time so far in which training waited for batches; 0 without a clock. */
    readonly waited: number;
  }
  | {
    readonly type: "epoch";
    readonly record: EpochRecord;
    /** Whether this epoch's state is the best so far. */
    readonly isBest: boolean;
    readonly snapshot: Snapshot;
  }
  /** The last event, if it comes. */
  | { readonly type: "failed"; readonly failure: TrainFailure };

/**
 * Trains from the state as it is, or from a snapshot, to the end of epoch `epochs`, or as far as patience lasts. Yields a
 * step event after each step and an epoch event after each validation; ends early with a failed event.
 * @throws {UserError} `bad-file` for a snapshot of a training of another length, if rates depend on that, and for one that
 *   lies behind this training's end.
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainEvent> {
  const average = options.average === undefined ? null : averageOf(options.average, options.state);
  try {
    yield* trainEpochs(options, average);
  } finally {
    average?.dispose();
  }
}

async function* trainEpochs(
  options: TrainOptions,
  average: StateAverage | null,
): AsyncGenerator<TrainEvent> {
  const { objective, state, optimizer, schedule, select, from } = options;
  const limits: Limits = { epochs: options.epochs, patience: options.patience ?? null };
  const horizonEpochs = options.horizonEpochs ?? options.epochs;
  const horizon = hasHorizon(schedule) ? horizonEpochs * objective.stepsPerEpoch : null;
  if (from !== undefined) goOnFrom(from, options, average, { limits, horizon });
  let { epoch, steps, best, history } = from ?? { epoch: 0, steps: 0, best: null, history: [] };
  while (endingOf(history, limits) === null) {
    epoch++;
    const course = {
      epochs: horizonEpochs,
      stepsPerEpoch: objective.stepsPerEpoch,
      validationLosses: history.map(({ validationLoss }) => validationLoss),
    };
    const trained = yield* trainEpoch(options, { epoch, stepsBefore: steps, course, average });
    if (trained === null) return;
    steps = trained.steps;
    average?.afterEpoch(epoch);
    const evaluated = average?.state ?? state;
    const validation = await objective.validate(evaluated);
    const { loss: validationLoss, accuracy } = validation;
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
      ...(select === undefined ? {} : { selection: await select(evaluated, validation) }),
    };
    history = [...history, record];
    const values = { state: await copyValues(state), average: await average?.copy() ?? null };
    const compared = scored(record);
    const isBest = isBetter(compared, best);
    if (isBest) best = { epoch, ...compared, state: evaluatedValues(values) };
    const snapshot = {
      epoch,
      steps,
      horizon,
      ...values,
      optimizer: await copyValues(optimizer.state),
      best,
      history,
    };
    yield { type: "epoch", record, isBest, snapshot };
  }
}

/** What an epoch's batches are drawn from. @param rng Of the training. */
export function epochDraws(rng: Rng, epoch: number): Rng {
  return rng.fork("batches").fork(epoch);
}

function goOnFrom(
  from: Snapshot,
  { schedule, state, optimizer }: TrainOptions,
  average: StateAverage | null,
  { limits, horizon }: { readonly limits: Limits; readonly horizon: number | null },
): void {
  if (horizon !== null && from.horizon !== horizon) {
    throw new UserError(
      "bad-file",
      `Cannot go on with a training of ${
        from.horizon ?? "unknown"
      } steps as one of ${horizon}: the schedule ` +
        `${schedule.kind} would jump. Train from the beginning.`,
    );
  }
  const end = endingOf(from.history, limits);
  if (end !== null && end.epoch < from.epoch) {
    throw new UserError(
      "bad-file",
      `Cannot go on with a training after epoch ${from.epoch}: it was to end after epoch ${end.epoch}. Train from the ` +
        `beginning.`,
    );
  }
  if ((from.average === null) !== (average === null)) {
    const [found, wanted] = from.average === null ? ["none", "one"] : ["one", "none"];
    throw new UserError(
      "bad-file",
      `Cannot go on with a training: found ${found}, wanted ${wanted} for an average of its states. Train from the ` +
        `beginning.`,
    );
  }
  restoreSnapshot(from, state, optimizer);
  if (from.average !== null) average?.restore(from.average);
}

interface EpochOutcome {
  readonly steps: number;
  readonly meanLoss: number;
  readonly accuracy: number;
  readonly rates: Rates;
}

interface EpochStart {
  readonly epoch: number;
  readonly stepsBefore: number;
  readonly course: Course;
  readonly average: StateAverage | null;
}

/** @returns null after a failure, which has been yielded. */
async function* trainEpoch(
  { objective, state, optimizer, schedule, rng, now }: TrainOptions,
  { epoch, stepsBefore, course, average }: EpochStart,
): AsyncGenerator<TrainEvent, EpochOutcome | null> {
  const { learner } = objective;
  const tally = objective.startTally();
  let [step, clips, lossSum, waited] = [stepsBefore, 0, 0, 0];
  const begun = now?.() ?? 0;
  let rates = optimizer.rates(rateFactor(schedule, step, course));
  const changes = rng.fork("augment").fork(epoch);
  const drawn = new Map<number, number>();
  const { reader } = objective;
  const reading = readAhead(
    objective.epochBatches(epochDraws(rng, epoch)),
    reader.ahead,
    (rows) => reader.read(rows, changes, countDraws(rows, drawn)),
  );
  for (const { rows, batch: promise } of reading) {
    const factor = rateFactor(schedule, step, course);
    rates = optimizer.rates(factor);
    const asked = now?.() ?? 0;
    const batch = await promise;
    if (now !== undefined) waited += now() - asked;
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
    average?.afterStep();
    tally.add(batch, logits, NaN);
    clips += rows.length;
    lossSum += loss * rows.length;
    yield {
      type: "step",
      epoch,
      step,
      loss,
      meanLoss: lossSum / clips,
      accuracy: tally.accuracy(),
      rates,
      waited: now === undefined ? 0 : waited / Math.max(1, now() - begun),
    };
  }
  return { steps: step, meanLoss: lossSum / clips, accuracy: tally.accuracy(), rates };
}

/** Asks for batches before they are needed: of each epoch at most so many beyond the one that is used. */
function* readAhead<Batch>(
  all: readonly ArrayLike<number>[],
  ahead: number,
  read: (rows: ArrayLike<number>) => Promise<Batch>,
): Generator<{ readonly rows: ArrayLike<number>; readonly batch: Promise<Batch> }> {
  const asked: Promise<Batch>[] = [];
  for (const [i, rows] of all.entries()) {
    while (asked.length <= i + ahead && asked.length < all.length) asked.push(read(all[asked.length]!));
    yield { rows, batch: asked[i]! };
    delete asked[i]; // so that nothing of it is kept
  }
}

/** How often each row was drawn before; counts go on. */
function countDraws(rows: ArrayLike<number>, drawn: Map<number, number>): Uint32Array {
  return Uint32Array.from(rows, (row) => {
    const before = drawn.get(row) ?? 0;
    drawn.set(row, before + 1);
    return before;
  });
}

function failed(failure: Omit<TrainFailure, "reason">): TrainEvent {
  return { type: "failed", failure: { reason: "loss-not-finite", ...failure } };
}
