/** One step of a front-end's chain. */
import type * as tf from "@tensorflow/tfjs";
import type { ForwardMode, NetworkState, TensorSpec } from "../nn/types.ts";

export interface Step {
  readonly specs: readonly TensorSpec[];
  /** @param x `[batch, ...]`. */
  apply(state: NetworkState, x: tf.Tensor, mode: ForwardMode): tf.Tensor;
  /** Brings trained parameters back into their allowed set. */
  project(state: NetworkState): void;
}
