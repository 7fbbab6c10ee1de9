/** {@link transitionBlock} on WebAssembly. */
import type * as tf from "@tensorflow/tfjs";
import { channelMask } from "../channel_dropout/op.ts";
import { pointwiseConvComposite } from "../pointwise_conv/composite.ts";
import { pointwiseConvWasm } from "../pointwise_conv/wasm.ts";
import { blockFits, blockWasm } from "../block/wasm.ts";
import { normReluWasm } from "../batch_norm/wasm.ts";
import type { WasmKernels } from "../wasm/runtime.ts";
import type { BlockOptions, TransitionBlockTensors } from "../block/types.ts";

/** Undefined if the kernels do not serve the number of channels or the kind of normalisation. */
export function transitionBlockWasm(
  kernels: WasmKernels,
  x: tf.Tensor4D,
  tensors: TransitionBlockTensors,
  options: BlockOptions & { readonly strideF: 1 | 2 },
): tf.Tensor4D | undefined {
  const { training, dilation, groups, dropout, strideF, validFrames } = options;
  const channels = tensors.freq_dw_conv.shape[0];
  if (!blockFits(channels, [tensors.bn1, tensors.ssn, tensors.bn2], training)) return undefined;
  const mapped = mapChannels(kernels, x, tensors.conv1x1_1);
  const active = normReluWasm(kernels, mapped, tensors.bn1, { training, relu: true, validFrames });
  const mask = dropout && channelMask(x.shape[0], channels, dropout.rate, dropout.rng);
  return blockWasm(
    kernels,
    active,
    {
      frequency: tensors.freq_dw_conv,
      norm1: tensors.ssn,
      time: tensors.temp_dw_conv,
      norm2: tensors.bn2,
      map: tensors.conv1x1_2,
    },
    { training, dilation, groups, stride: strideF, residual: false, validFrames, ...(mask && { mask }) },
  );
}

function mapChannels(kernels: WasmKernels, x: tf.Tensor4D, weight: tf.Tensor4D | undefined): tf.Tensor4D {
  if (weight === undefined) return x;
  return pointwiseConvWasm(kernels, x, weight) ?? pointwiseConvComposite(x, weight);
}
