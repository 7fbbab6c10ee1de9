/** {@link pointwiseConv} on WebAssembly: a linear layer at every place. */
import * as tf from "@tensorflow/tfjs";
import { channelSums } from "../batch_norm/wasm.ts";
import { linearWasm } from "../linear/wasm.ts";
import { asMatrix } from "../standard/matmul.ts";
import type { WasmKernels } from "../wasm/runtime.ts";

/** Undefined if there are fewer input channels than the kernels need. */
export function pointwiseConvWasm(
  kernels: WasmKernels,
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
  bias?: tf.Tensor1D,
): tf.Tensor4D | undefined {
  const [batch, frequencies, frames, channels] = x.shape;
  const [out] = weight.shape;
  const places = asMatrix(x, batch * frequencies * frames, channels);
  // There are many places: sums over them are taken by shares.
  const biasGradient = out >= 4
    ? (dy: tf.Tensor) =>
      channelSums(kernels, tf.reshape(dy, [batch, frequencies, frames, out]) as tf.Tensor4D, undefined)
    : undefined;
  const mapped = linearWasm(kernels, places, asMatrix(weight, out, channels), bias, biasGradient);
  return mapped && tf.reshape(mapped, [batch, frequencies, frames, out]);
}
