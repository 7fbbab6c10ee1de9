/** {@link depthwiseTime} from standard operations. */
import type * as tf from "@tensorflow/tfjs";
import { depthwise } from "../standard/depthwise.ts";

export function depthwiseTimeComposite(
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
  dilation: number,
  causal: boolean,
): tf.Tensor4D {
  const padT = causal ? 2 * dilation : dilation;
  return depthwise(x, weight, { strideF: 1, padF: 0, padT, dilationT: dilation });
}
