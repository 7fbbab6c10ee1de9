/** What a training is about, apart from how it goes: a network, its task, its batches. */
import * as tf from "@tensorflow/tfjs";
import type { JsonObject } from "../base/json.ts";
import type { Rng } from "../base/random.ts";
import type { Network } from "../models/network_contract.ts";
import type { ForwardMode, NetworkState } from "../nn/types.ts";
import type { Lesson, Sampling, Tally, TaskWork } from "../tasks/contract.ts";
import { changeBands } from "./change_bands.ts";
import {
  type Augment,
  type BatchReader,
  type BatchSource,
  readerOf,
  type TrainingBatch,
} from "./batch_reader.ts";

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
  readonly reader: BatchReader;
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
  /** Of single classes: see {@link Sampling}. */
  readonly classClips?: Sampling["classClips"];
  readonly batchSize: number;
  /** Of the examples that are learnt from. */
  readonly augment?: Augment;
  /** Of them, where they are read elsewhere; absent: from `train`, as `augment` says. */
  readonly reader?: BatchReader;
}

/**
 * @param frozen Constants of the frozen prefix, where batches enter the network before its end.
 * @param lesson What is made of labels while training.
 */
export function learnerOf(
  network: Network,
  work: TaskWork,
  frozen: NetworkState = new Map(),
  lesson?: Lesson,
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
      return { loss: work.loss(logits, batch, mode.training ? lesson : undefined), logits };
    },
  };
}

export function objectiveOf(learner: Learner, work: TaskWork, options: ObjectiveOptions): Objective {
  const { train, validation, sampler, clipsPerEpoch, classClips = {}, batchSize } = options;
  const sampling = { sampler, most: clipsPerEpoch, classClips };
  const startTally = () => work.startTally(train.classes, NO_GROUPS);
  return {
    learner,
    stepsPerEpoch: work.stepsPerEpoch(sampling, train, batchSize),
    epochBatches: (rng) => work.epochBatches(sampling, train, batchSize, rng),
    reader: options.reader ?? readerOf(train, options.augment),
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
