/** What a training is about, apart from how it goes: a network, its task, its batches. */
import * as tf from "@tensorflow/tfjs";
import type { AugmentedExample, BandChange } from "../augment/contract.ts";
import type { JsonObject } from "../base/json.ts";
import type { Rng } from "../base/random.ts";
import type { Network } from "../models/network_contract.ts";
import type { ForwardMode, NetworkState } from "../nn/types.ts";
import type { Batch, Examples, Tally, TaskWork } from "../tasks/contract.ts";
import { changeBands } from "./change_bands.ts";

/** What training and evaluation read examples from. */
export interface BatchSource extends Examples {
  /** @param change Changes the values of an example in place, before anything is padded. */
  read(rows: ArrayLike<number>, change?: ChangeExample): Promise<Batch>;
}

/** Changes the values of an example in place. @param clip Its place in the batch. */
export type ChangeExample = (values: Float32Array, row: number, clip: number) => void;

/** Changes examples: pure functions of the example and the generator. */
export interface Augment {
  /** Of the wave; keeps its length. Absent: it stays. */
  wave?(example: AugmentedExample, rng: Rng): AugmentedExample;
  /** Of what the front-end makes of it. Absent: that stays. @param frames Of the example. */
  bands?(frames: number, rng: Rng): BandChange;
}

/** A batch to learn from. */
export interface TrainingBatch extends Batch {
  /** What is changed about each clip's bands; absent: nothing is. */
  readonly bands?: readonly BandChange[];
}

/** A network with a loss: what one step needs. */
export interface Learner {
  readonly network: Pick<Network, "specs" | "project">;
  /** @returns The mean loss over the batch, and the logits it was computed from. */
  forward(
    state: NetworkState,
    batch: TrainingBatch,
    mode: ForwardMode,
  ): { readonly loss: tf.Scalar; readonly logits: tf.Tensor };
}

/** Of a whole source, in evaluation mode. */
export interface Validation {
  /** Mean over examples. Not finite if one was not. */
  readonly loss: number;
  readonly accuracy: number;
}

/** A learner with examples to learn from and to be validated on. */
export interface Objective {
  readonly learner: Learner;
  /** Batches of an epoch. */
  readonly stepsPerEpoch: number;
  /** Rows of each batch of one epoch; the same generator gives the same batches. */
  epochBatches(rng: Rng): readonly ArrayLike<number>[];
  /**
   * @param rng Of the epoch: what it draws for an example depends on the example alone, not on its batch.
   * @param draws How often each has been drawn in this epoch before; absent: never.
   */
  read(rows: ArrayLike<number>, rng: Rng, draws?: ArrayLike<number>): Promise<TrainingBatch>;
  startTally(): Pick<Tally, "add" | "accuracy">;
  validate(state: NetworkState): Promise<Validation>;
}

export interface ObjectiveOptions {
  readonly train: BatchSource;
  readonly validation: BatchSource;
  /** A sampler of the task. */
  readonly sampler: string;
  /** Examples drawn an epoch; null: as many as there are. */
  readonly clipsPerEpoch: number | null;
  readonly batchSize: number;
  /** Of the examples that are learnt from. */
  readonly augment?: Augment;
}

/**
 * @param frozen Constants of the frozen prefix, where batches enter the network before its end.
 * @param smoothing Of labels while training.
 */
export function learnerOf(
  network: Network,
  work: TaskWork,
  frozen: NetworkState = new Map(),
  smoothing = 0,
): Learner {
  return {
    network,
    forward(state, batch, mode) {
      const { clips, features, shape, frames, isRagged, entry, bands } = batch;
      const own = isRagged ? { ...mode, frames } : mode;
      const all = entry < network.frozen ? new Map([...frozen, ...state]) : state;
      const logits = network.forward(
        all,
        tf.tensor(features, [clips, ...shape], "float32"),
        bands === undefined ? own : { ...own, change: (x) => changeBands(x, bands, own.frames) },
        entry,
      );
      return { loss: work.loss(logits, batch, mode.training ? smoothing : 0), logits };
    },
  };
}

export function objectiveOf(learner: Learner, work: TaskWork, options: ObjectiveOptions): Objective {
  const { train, validation, sampler, clipsPerEpoch, batchSize } = options;
  const startTally = () => work.startTally(train.classes, NO_GROUPS);
  return {
    learner,
    stepsPerEpoch: work.stepsPerEpoch(sampler, train.count, batchSize, clipsPerEpoch),
    epochBatches: (rng) => work.epochBatches(sampler, train, batchSize, clipsPerEpoch, rng),
    read: (rows, rng, draws) => readAugmented(train, rows, options.augment ?? {}, rngOf(train, rng, draws)),
    startTally,
    async validate(state) {
      const tally = startTally();
      await runThrough(
        learner,
        state,
        validation,
        work.evaluationBatches(validation, batchSize, false),
        tally,
      );
      return { loss: tally.loss(), accuracy: tally.accuracy() };
    },
  };
}

/**
 * Each example gets a generator of its own, forked from the epoch's by its name, and by how often it was drawn before:
 * what is drawn for it depends neither on its batch nor on threads nor on where training was resumed.
 */
function rngOf(source: Examples, rng: Rng, draws: ArrayLike<number> | undefined) {
  return (row: number, clip: number): Rng => {
    const [own, nth] = [rng.fork(source.names[row]!), draws?.[clip] ?? 0];
    return nth === 0 ? own : own.fork(nth);
  };
}

async function readAugmented(
  source: BatchSource,
  rows: ArrayLike<number>,
  { wave, bands }: Augment,
  rngOf: (row: number, clip: number) => Rng,
): Promise<TrainingBatch> {
  const named = (row: number) => Array.from(source.labelsOf(row), (label) => source.classes[label]!);
  const mixed = new Map<number, NonNullable<AugmentedExample["mixed"]>>();
  const change: ChangeExample | undefined = wave && ((values, row, clip) => {
    const changed = wave({ values, labels: named(row) }, rngOf(row, clip));
    if (changed.values !== values) values.set(changed.values);
    if (changed.mixed !== undefined) mixed.set(clip, changed.mixed);
  });
  const batch = await source.read(rows, change);
  const { clips, frames, labels } = batch;
  return {
    ...batch,
    ...(mixed.size === 0 ? {} : {
      mixed: {
        labels: labels.map((own, clip) => {
          const other = mixed.get(clip);
          return other === undefined ? own : source.classes.indexOf(other.labels[0]!);
        }),
        shares: Float32Array.from({ length: clips }, (_, clip) => mixed.get(clip)?.share ?? 0),
      },
    }),
    ...(bands === undefined ? {} : {
      bands: Array.from(rows, (row, clip) => bands(frames[clip]!, rngOf(row, clip).fork("bands"))),
    }),
  };
}

const NO_GROUPS: JsonObject = {};

/**
 * Runs a network in evaluation mode over batches of a source.
 * @param onBatch Told how many examples are done.
 */
export async function runThrough(
  learner: Learner,
  state: NetworkState,
  source: BatchSource,
  batches: Iterable<ArrayLike<number>>,
  tally: Pick<Tally, "add">,
  onBatch?: (done: number) => void,
): Promise<void> {
  let done = 0;
  for (const rows of batches) {
    const batch = await source.read(rows);
    const [loss, logits] = tf.tidy(() => {
      const outcome = learner.forward(state, batch, { training: false });
      return [outcome.loss, outcome.logits] as const;
    }) as [tf.Scalar, tf.Tensor];
    const [lossValue, values] = [await loss.data<"float32">(), await logits.data<"float32">()];
    tf.dispose([loss, logits]);
    tally.add(batch, values, lossValue[0]!);
    onBatch?.(done += batch.clips);
  }
}
