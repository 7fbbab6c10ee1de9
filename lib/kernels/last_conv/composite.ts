/** {@link lastConv} from standard operations. */
import type * as tf from "@tensorflow/tfjs";
import { addChannelBias } from "../channel_bias.ts";
import { depthwise } from "../depthwise.ts";

export function lastConvComposite(x: tf.Tensor4D, weight: tf.Tensor4D, bias: tf.Tensor1D): tf.Tensor4D {
  const padT = (weight.shape[3] - 1) / 2;
  return addChannelBias(depthwise(x, weight, { strideF: 1, padF: 0, padT, dilationT: 1 }), bias);
}
