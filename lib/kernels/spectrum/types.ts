/** Operands of the fixed transform. */
import type * as tf from "@tensorflow/tfjs";

/** `[bins, 1, frameSamples]` each: cosines and sines times the window. */
export interface DftKernels {
  readonly wcos: tf.Tensor3D;
  readonly wsin: tf.Tensor3D;
}

export interface TensorBank {
  /** `[M, bins]`. */
  readonly weights: tf.Tensor2D;
  /** The result is the natural log of energies plus this; null: it is the energies. */
  readonly logOffset: number | null;
}
