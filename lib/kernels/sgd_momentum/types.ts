/** What one parameter's step of gradient descent takes. */
import type * as tf from "@tensorflow/tfjs";

export interface SgdUpdate {
  readonly parameter: tf.Variable;
  /** Of the parameter's shape; its running average of changes. Absent without momentum. */
  readonly velocity?: tf.Variable;
  readonly gradient: tf.Tensor;
  /** This share of the parameter is added to its gradient. */
  readonly weightDecay: number;
  readonly momentum: number;
  readonly rate: number;
}
