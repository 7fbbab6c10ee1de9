/** 1x1 convolution: the same linear map of the channels at every place. */
import type * as tf from "@tensorflow/tfjs";
import { checkShape } from "../operation/shapes.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { pointwiseConvComposite } from "./composite.ts";
import { pointwiseConvWasm } from "./wasm.ts";

const run = withKernels(pointwiseConvComposite, { wasm: pointwiseConvWasm });

/** @param x `[B, F, T, in]`. @param weight `[out, in, 1, 1]`. @param bias `[out]`, or undefined for none. @returns `[B, F, T, out]`. */
export function pointwiseConv(x: tf.Tensor4D, weight: tf.Tensor4D, bias?: tf.Tensor1D): tf.Tensor4D {
  checkShape("pointwiseConv", "x", x.shape, [null, null, null, null]);
  checkShape("pointwiseConv", "weight", weight.shape, [null, x.shape[3], 1, 1]);
  if (bias !== undefined) checkShape("pointwiseConv", "bias", bias.shape, [weight.shape[0]]);
  return run(x, weight, bias);
}
