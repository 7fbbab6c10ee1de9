/** What one parameter's step of Adam takes. */
import type * as tf from "@tensorflow/tfjs";

export interface AdamUpdate {
  readonly parameter: tf.Variable;
  /** Of the parameter's shape, as the next; the running average of its gradients, zero before the first step. */
  readonly average: tf.Variable;
  /** The running average of its gradients' squares, zero before the first step. */
  readonly squareAverage: tf.Variable;
  readonly gradient: tf.Tensor;
  /** This share of the parameter is added to its gradient. */
  readonly weightDecay: number;
  /** What the two averages keep of themselves, each from 0 to below 1. */
  readonly betas: readonly [number, number];
  /** Above 0; keeps the quotient finite where all gradients were zero. */
  readonly eps: number;
  readonly rate: number;
  /** Which step this is, from 1. */
  readonly step: number;
}
