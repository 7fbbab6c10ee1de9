/** {@link depthwiseFrequency} from standard operations. */
import type * as tf from "@tensorflow/tfjs";
import { depthwise } from "../standard/depthwise.ts";

export function depthwiseFrequencyComposite(
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
  strideF: 1 | 2,
): tf.Tensor4D {
  return depthwise(x, weight, { strideF, padF: 1, padT: 0, dilationT: 1 });
}
