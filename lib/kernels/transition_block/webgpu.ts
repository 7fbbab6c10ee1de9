/** {@link transitionBlock} on WebGPU. */
import type * as tf from "@tensorflow/tfjs";
import { blockWebGpu } from "../block/webgpu.ts";
import type { WebGpuKernels } from "../webgpu/runtime.ts";
import type { BlockOptions, TransitionBlockTensors } from "../block/types.ts";

export function transitionBlockWebGpu(
  kernels: WebGpuKernels,
  x: tf.Tensor4D,
  tensors: TransitionBlockTensors,
  options: BlockOptions & { readonly strideF: 1 | 2 },
): tf.Tensor4D | undefined {
  const named = {
    firstWeight: tensors.conv1x1_1,
    firstNorm: tensors.bn1,
    rowWeight: tensors.freq_dw_conv,
    groupNorm: tensors.ssn,
    timeWeight: tensors.temp_dw_conv,
    timeNorm: tensors.bn2,
    mixing: tensors.conv1x1_2,
  };
  return blockWebGpu(kernels, "transition", x, named, options, options.strideF);
}
