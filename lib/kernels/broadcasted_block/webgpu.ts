/** {@link broadcastedBlock} on WebGPU. */
import type * as tf from "@tensorflow/tfjs";
import type { BlockOptions } from "../block/types.ts";
import { blockWebGpu } from "../block/webgpu.ts";
import type { WebGpuKernels } from "../webgpu/runtime.ts";
import type { BroadcastedBlockTensors } from "./types.ts";

export function broadcastedBlockWebGpu(
  kernels: WebGpuKernels,
  x: tf.Tensor4D,
  tensors: BroadcastedBlockTensors,
  options: BlockOptions,
): tf.Tensor4D | undefined {
  const named = {
    rowWeight: tensors.freq_dw_conv,
    groupNorm: tensors.ssn1,
    timeWeight: tensors.temp_dw_conv,
    timeNorm: tensors.bn,
    mixing: tensors.conv1x1,
  };
  return blockWebGpu(kernels, "broadcasted", x, named, options, 1);
}
