/** {@link depthwiseConv} from standard operations. */
import * as tf from "@tensorflow/tfjs";
import { addChannelBias } from "../standard/channel_bias.ts";
import { depthwise } from "../standard/depthwise.ts";
import type { DepthwiseConvOptions } from "./types.ts";

export function depthwiseConvComposite(
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
  bias: tf.Tensor1D | undefined,
  { strideF, strideT, dilationT }: Required<DepthwiseConvOptions>,
): tf.Tensor4D {
  const [, , height, width] = weight.shape;
  const padF = (height - 1) / 2;
  const padT = (width - 1) / 2 * dilationT;
  const convolved = everyFrame(depthwise(x, weight, { strideF, padF, padT, dilationT }), strideT);
  return bias === undefined ? convolved : addChannelBias(convolved, bias);
}

/** Frames 0, `stride`, `2 stride` and so on. */
function everyFrame(x: tf.Tensor4D, stride: number): tf.Tensor4D {
  if (stride === 1) return x;
  const [batch, rows, frames, channels] = x.shape;
  const kept = Math.ceil(frames / stride);
  const whole = tf.pad(x, [[0, 0], [0, 0], [0, kept * stride - frames], [0, 0]]);
  const grouped = tf.reshape(whole, [batch, rows, kept, stride * channels]);
  return tf.slice(grouped, [0, 0, 0, 0], [batch, rows, kept, channels]) as tf.Tensor4D;
}
