/** {@link broadcastedBlock} from smaller operations. */
import type * as tf from "@tensorflow/tfjs";
import { batchNorm } from "../batch_norm/op.ts";
import { broadcastResidual } from "../broadcast_residual/op.ts";
import { channelDropout } from "../channel_dropout/op.ts";
import { depthwiseFrequency } from "../depthwise_frequency/op.ts";
import { depthwiseTime } from "../depthwise_time/op.ts";
import { frequencyMean } from "../frequency_mean/op.ts";
import { pointwiseConv } from "../pointwise_conv/op.ts";
import { swish } from "../swish/op.ts";
import type { BlockOptions, BlockTensors } from "../block/types.ts";
import { zeroPadding } from "../operation/valid_frames.ts";

export function broadcastedBlockComposite(
  x: tf.Tensor4D,
  tensors: BlockTensors,
  options: BlockOptions,
): tf.Tensor4D {
  const { groups, dilation, causal, dropout, validFrames } = options;
  const norm = { training: options.training, ...(validFrames && { validFrames }) };
  const twoD = batchNorm(depthwiseFrequency(x, tensors.freq_dw_conv, 1), tensors.ssn, { ...norm, groups });
  const inTime = depthwiseTime(frequencyMean(twoD), tensors.temp_dw_conv, dilation, causal);
  const oneD = pointwiseConv(swish(batchNorm(inTime, tensors.bn2, norm)), tensors.conv1x1_2);
  const dropped = dropout === undefined ? oneD : channelDropout(oneD, dropout.rate, dropout.rng);
  return zeroPadding(broadcastResidual(twoD, dropped, x), validFrames);
}
