/** BC-ResNet's transition block (Kim et al. 2021, fig. 2b): changes the number of channels and may halve the height. */
import type * as tf from "@tensorflow/tfjs";
import { checkShape } from "../operation/shapes.ts";
import { paddedFrames } from "../operation/valid_frames.ts";
import { withKernels } from "../operation/with_kernels.ts";
import type { TransitionBlockOptions, TransitionBlockTensors } from "../block/types.ts";
import { blockWebGpu } from "../block/webgpu.ts";
import { transitionBlockComposite } from "./composite.ts";
import { transitionBlockWasm } from "./wasm.ts";

export type { TransitionBlockOptions, TransitionBlockTensors } from "../block/types.ts";

const run = withKernels(transitionBlockComposite, {
  wasm: transitionBlockWasm,
  webgpu: blockWebGpu,
});

/**
 * `h = ssn(freq_dw_conv(relu(bn1(conv1x1_1(x)))))`, then
 * `relu(h + dropout(conv1x1_2(swish(bn2(temp_dw_conv(mean over frequency of h))))))`.
 *
 * @param x `[B, F, T, in]`. @returns `[B, ceil(F / strideF), T, out]`.
 */
export function transitionBlock(
  x: tf.Tensor4D,
  tensors: TransitionBlockTensors,
  options: TransitionBlockOptions,
): tf.Tensor4D {
  checkShape("transitionBlock", "x", x.shape, [null, null, null, null]);
  const { validFrames, ...others } = options;
  const padded = paddedFrames("transitionBlock", validFrames, x.shape[0], x.shape[2]);
  return run(x, tensors, {
    ...others,
    ...(padded && { validFrames: padded }),
  });
}
