/** A front-end and a model joined, as training, evaluation and listening see it. */
import type * as tf from "@tensorflow/tfjs";
import type { Framing, StepSpec } from "../frontends/contract.ts";
import type { Representation } from "../nn/representation.ts";
import type { ForwardMode, NetworkState, TensorSpec } from "../nn/types.ts";
import type { Head } from "./contract.ts";

/**
 * Points at which a network can be entered: point 0 is the wave, point i what the first i steps of the front-end make
 * of it, the last one what the model sees.
 */
export interface Network {
  readonly head: Head;
  readonly classes: number;
  readonly steps: readonly StepSpec[];
  /** At each point, one more than there are steps. */
  readonly representations: readonly Representation[];
  /** The point behind the longest prefix in which nothing is trained and nothing varies: what can be cached. */
  readonly frozen: number;
  /** The last point before steps that only level values out: what drawings show. */
  readonly shown: number;
  readonly framing: Framing;
  /** Tensors behind the frozen prefix, trained or not: a network's state, what checkpoints hold. */
  readonly specs: readonly TensorSpec[];
  /** Tensors of the frozen prefix: needed only by who enters before it; see {@link frozenState}. */
  readonly frozenSpecs: readonly TensorSpec[];
  /**
   * @param state Has {@link specs}, and {@link frozenSpecs} where the entry is before {@link frozen}.
   * @param batch `[batch, ...shape at the entry]`, float32. With `mode.frames` clips of different lengths are padded
   *   with zeros; waves are first extended as {@link framing} says.
   * @param entry Where the batch enters; {@link frozen} if absent.
   * @returns Logits, as {@link head} says; with `mode.frames` as many frames as the longest clip has.
   */
  forward(state: NetworkState, batch: tf.Tensor, mode: ForwardMode, entry?: number): tf.Tensor;
  /** The steps from one point to another, without the model. */
  transform(state: NetworkState, batch: tf.Tensor, mode: ForwardMode, from: number, to: number): tf.Tensor;
  /** Brings trained parameters back into their allowed set after a step. */
  project(state: NetworkState): void;
}
