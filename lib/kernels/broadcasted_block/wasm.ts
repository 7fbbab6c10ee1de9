/** {@link broadcastedBlock} on WebAssembly. */
import type * as tf from "@tensorflow/tfjs";
import { channelMask } from "../channel_dropout/op.ts";
import type { BlockOptions } from "../block/types.ts";
import { blockFits, blockWasm } from "../block/wasm.ts";
import type { WasmKernels } from "../wasm/runtime.ts";
import type { BroadcastedBlockTensors } from "./types.ts";

/** Undefined if the kernels do not serve the number of channels or the kind of normalisation. */
export function broadcastedBlockWasm(
  kernels: WasmKernels,
  x: tf.Tensor4D,
  tensors: BroadcastedBlockTensors,
  options: BlockOptions,
): tf.Tensor4D | undefined {
  const { training, dilation, groups, dropout, validFrames } = options;
  if (!blockFits(x.shape[3], [tensors.ssn1, tensors.bn], training)) {
    return undefined;
  }
  const mask = dropout && channelMask(x.shape[0], x.shape[3], dropout.rate, dropout.rng);
  return blockWasm(
    kernels,
    x,
    {
      frequency: tensors.freq_dw_conv,
      norm1: tensors.ssn1,
      time: tensors.temp_dw_conv,
      norm2: tensors.bn,
      map: tensors.conv1x1,
    },
    { training, dilation, groups, stride: 1, residual: true, validFrames, ...(mask && { mask }) },
  );
}
