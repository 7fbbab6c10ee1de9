/** {@link transitionBlock} from smaller operations. */
import type * as tf from "@tensorflow/tfjs";
import { batchNorm } from "../batch_norm/op.ts";
import { broadcastResidual } from "../broadcast_residual/op.ts";
import { channelDropout } from "../channel_dropout/op.ts";
import { depthwiseFrequency } from "../depthwise_frequency/op.ts";
import { depthwiseTime } from "../depthwise_time/op.ts";
import { frequencyMean } from "../frequency_mean/op.ts";
import { normReluComposite } from "../norm_relu/composite.ts";
import { pointwiseConv } from "../pointwise_conv/op.ts";
import { swish } from "../swish/op.ts";
import type { TransitionBlockOptions, TransitionBlockTensors } from "../block/types.ts";

export function transitionBlockComposite(
  x: tf.Tensor4D,
  tensors: TransitionBlockTensors,
  options: TransitionBlockOptions,
): tf.Tensor4D {
  const { groups, dilation, causal, strideF, dropout, validFrames } = options;
  const norm = { training: options.training, ...(validFrames && { validFrames }) };
  const mapped = tensors.conv1x1_1 === undefined ? x : pointwiseConv(x, tensors.conv1x1_1);
  const active = normReluComposite(mapped, tensors.bn1, norm);
  const twoD = batchNorm(depthwiseFrequency(active, tensors.freq_dw_conv, strideF), tensors.ssn, {
    ...norm,
    groups,
  });
  const inTime = depthwiseTime(frequencyMean(twoD), tensors.temp_dw_conv, dilation, causal);
  const oneD = pointwiseConv(swish(batchNorm(inTime, tensors.bn2, norm)), tensors.conv1x1_2);
  const dropped = dropout === undefined ? oneD : channelDropout(oneD, dropout.rate, dropout.rng);
  return broadcastResidual(twoD, dropped); // both halves end in zeros where frames do not count
}
