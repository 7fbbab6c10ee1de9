/** {@link transitionBlock} on WebAssembly. */
import type * as tf from "@tensorflow/tfjs";
import { normReluWasm } from "../batch_norm/wasm.ts";
import type { TransitionBlockOptions, TransitionBlockTensors } from "../block/types.ts";
import { blockFits, blockWasm } from "../block/wasm.ts";
import { pointwiseConv } from "../pointwise_conv/op.ts";
import type { WasmKernels } from "../wasm/runtime.ts";

/** Undefined if the kernels do not serve the number of channels or the kind of normalisation. */
export function transitionBlockWasm(
  kernels: WasmKernels,
  x: tf.Tensor4D,
  tensors: TransitionBlockTensors,
  options: TransitionBlockOptions,
): tf.Tensor4D | undefined {
  const { training, validFrames } = options;
  if (!blockFits(tensors, training)) return undefined;
  const { conv1x1_1, bn1, ...shared } = tensors;
  const mapped = conv1x1_1 === undefined ? x : pointwiseConv(x, conv1x1_1);
  const active = normReluWasm(kernels, mapped, bn1, { training, relu: true, validFrames });
  return blockWasm(kernels, active, shared, { ...options, residual: false });
}
