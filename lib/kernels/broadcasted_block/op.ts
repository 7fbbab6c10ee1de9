/** BC-ResNet's broadcasted residual block (Kim et al. 2021, fig. 2a): keeps the shape. */
import type * as tf from "@tensorflow/tfjs";
import { checkShape } from "../operation/shapes.ts";
import { paddedFrames } from "../operation/valid_frames.ts";
import { withKernels } from "../operation/with_kernels.ts";
import type { BlockOptions } from "../block/types.ts";
import { broadcastedBlockComposite } from "./composite.ts";
import type { BroadcastedBlockTensors } from "./types.ts";
import { broadcastedBlockWasm } from "./wasm.ts";
import { broadcastedBlockWebGpu } from "./webgpu.ts";

export type { BroadcastedBlockTensors } from "./types.ts";

const run = withKernels(broadcastedBlockComposite, {
  wasm: broadcastedBlockWasm,
  webgpu: broadcastedBlockWebGpu,
});

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
  return run(x, tensors, {
    ...others,
    ...(padded && { validFrames: padded }),
  });
}
