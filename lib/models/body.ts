/** A model without its front-end. */
import type * as tf from "@tensorflow/tfjs";
import type { ForwardMode, NetworkState, TensorSpec } from "../nn/types.ts";

export interface Body {
  readonly specs: readonly TensorSpec[];
  /** @param logmel `[B, M, T]`. @returns Logits `[B, classes]`. */
  forward(state: NetworkState, logmel: tf.Tensor3D, mode: ForwardMode): tf.Tensor2D;
}
