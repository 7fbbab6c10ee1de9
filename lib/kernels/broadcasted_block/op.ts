/** BC-ResNet's broadcasted residual block (Kim et al. 2021, fig. 2a): keeps the shape. */
import type * as tf from "@tensorflow/tfjs";
import { checkShape } from "../operation/shapes.ts";
import { paddedFrames } from "../operation/valid_frames.ts";
import { withKernels } from "../operation/with_kernels.ts";
import type { BlockOptions, BlockTensors } from "../block/types.ts";
import { blockFits, blockWasm } from "../block/wasm.ts";
import { blockWebGpu } from "../block/webgpu.ts";
import { broadcastedBlockComposite } from "./composite.ts";

export type { BlockOptions, BlockTensors } from "../block/types.ts";

const run = withKernels(broadcastedBlockComposite, {
  wasm: (kernels, x, tensors, options) =>
    blockFits(tensors, options.training)
      ? blockWasm(kernels, x, tensors, { ...options, strideF: 1, residual: true })
      : undefined,
  webgpu: (kernels, x, tensors, options) => blockWebGpu(kernels, x, tensors, { ...options, strideF: 1 }),
});

/**
 * `h = ssn(freq_dw_conv(x))`, then
 * `relu(x + h + dropout(conv1x1_2(swish(bn2(temp_dw_conv(mean over frequency of h))))))`.
 *
 * @param x `[B, F, T, C]`. @returns `[B, F, T, C]`.
 */
export function broadcastedBlock(
  x: tf.Tensor4D,
  tensors: BlockTensors,
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
