/** {@link pointwiseConv} on WebAssembly: a linear layer at every place. */
import * as tf from "@tensorflow/tfjs";
import { linearWasm } from "../linear/wasm.ts";
import { asMatrix } from "../standard/matmul.ts";
import type { WasmKernels } from "../wasm/runtime.ts";

/** Undefined if there are fewer input channels than the kernels need. */
export function pointwiseConvWasm(
  kernels: WasmKernels,
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
): tf.Tensor4D | undefined {
  const [batch, frequencies, frames, channels] = x.shape;
  const [out] = weight.shape;
  const places = asMatrix(x, batch * frequencies * frames, channels);
  const mapped = linearWasm(kernels, places, asMatrix(weight, out, channels));
  return mapped && tf.reshape(mapped, [batch, frequencies, frames, out]);
}
