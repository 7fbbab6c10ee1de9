/** BC-ResNet's broadcasted residual block (Kim et al. 2021, fig. 2a): keeps the shape. */
import type * as tf from "@tensorflow/tfjs";
import { runOperation } from "../registry.ts";
import { checkShape } from "../shapes.ts";
import { paddedFrames } from "../valid_frames.ts";
import type { BlockOptions } from "../transition_block/types.ts";
import { broadcastedBlockComposite } from "./composite.ts";
import type { BroadcastedBlockTensors } from "./types.ts";

export type { BroadcastedBlockTensors } from "./types.ts";

/**
 * `h = ssn1(freq_dw_conv(x))`, then
 * `relu(x + h + dropout(conv1x1(swish(bn(temp_dw_conv(mean over frequency of h))))))`.
 *
 * @param x `[B, F, T, C]`. @returns `[B, F, T, C]`.
 */
export function broadcastedBlock(
  x: tf.Tensor4D,
  tensors: BroadcastedBlockTensors,
  options: BlockOptions,
): tf.Tensor4D {
  checkShape("broadcastedBlock", "x", x.shape, [null, null, null, null]);
  const { validFrames, ...others } = options;
  const padded = paddedFrames("broadcastedBlock", validFrames, x.shape[0], x.shape[2]);
  return runOperation("broadcastedBlock", broadcastedBlockComposite, x, tensors, {
    ...others,
    ...(padded && { validFrames: padded }),
  });
}
