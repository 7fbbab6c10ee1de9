/** What a training is about, apart from how it goes: a network, its loss, its batches, its score. No logic. */
import type * as tf from "@tensorflow/tfjs";
import type { Rng } from "../base/random.ts";
import type { ForwardMode, NetworkState, TensorSpec } from "../nn/types.ts";

/** A network with a loss: what one step needs. `B` is what it takes in. */
export interface Learner<B> {
  readonly network: {
    readonly specs: readonly TensorSpec[];
    project(state: NetworkState): void;
  };
  /** @returns The mean loss over the batch, and the logits it was computed from. */
  forward(
    state: NetworkState,
    batch: B,
    mode: ForwardMode,
  ): { readonly loss: tf.Scalar; readonly logits: tf.Tensor };
}

/** Counts how well a network does, batch by batch. */
export interface Tally<B> {
  add(batch: B, logits: Float32Array): void;
  /** Share of what was to be told that was told right; of a recogniser 1 - error rate, which can be below 0. */
  accuracy(): number;
}

/** Of a whole source, in evaluation mode. */
export interface Validation {
  /** Mean over clips. Not finite if one was not. */
  readonly loss: number;
  /** As in {@link Tally}. */
  readonly accuracy: number;
}

/** A learner with clips to learn from and to be validated on. */
export interface Objective<B> {
  readonly learner: Learner<B>;
  /** Batches of an epoch. */
  readonly stepsPerEpoch: number;
  /** Rows of each batch of one epoch; the same generator gives the same batches. */
  epochBatches(rng: Rng): readonly ArrayLike<number>[];
  read(rows: ArrayLike<number>): Promise<B>;
  startTally(): Tally<B>;
  validate(state: NetworkState): Promise<Validation>;
}
