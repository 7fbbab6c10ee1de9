/** {@link lastConv} from standard operations. */
import type * as tf from "@tensorflow/tfjs";
import { addChannelBias } from "../standard/channel_bias.ts";
import { depthwise } from "../standard/depthwise.ts";
import { zeroPadding } from "../operation/valid_frames.ts";

export function lastConvComposite(
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
  bias: tf.Tensor1D,
  validFrames?: Int32Array,
): tf.Tensor4D {
  const padT = (weight.shape[3] - 1) / 2;
  const convolved = depthwise(zeroPadding(x, validFrames), weight, {
    strideF: 1,
    padF: 0,
    padT,
    dilationT: 1,
  });
  return zeroPadding(addChannelBias(convolved, bias), validFrames);
}
