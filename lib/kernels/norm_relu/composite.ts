/** {@link normRelu} from smaller operations. */
import * as tf from "@tensorflow/tfjs";
import { batchNorm, type BatchNormOptions, type BatchNormState } from "../batch_norm/op.ts";

export function normReluComposite(
  x: tf.Tensor4D,
  state: BatchNormState,
  options: Omit<BatchNormOptions, "groups">,
): tf.Tensor4D {
  return tf.relu(batchNorm(x, state, options));
}
