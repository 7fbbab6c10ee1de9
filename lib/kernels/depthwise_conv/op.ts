/** Depthwise convolution with a kernel of any odd size: each channel by itself. */
import type * as tf from "@tensorflow/tfjs";
import { checkShape } from "../operation/shapes.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { depthwiseConvComposite } from "./composite.ts";
import type { DepthwiseConvOptions } from "./types.ts";
import { depthwiseConvWasm } from "./wasm.ts";

export type { DepthwiseConvOptions } from "./types.ts";

const run = withKernels(depthwiseConvComposite, { wasm: depthwiseConvWasm });

/**
 * Zero-padded by as much on each side as the kernel reaches beyond its middle, as torch.nn.Conv2d with `groups=C` and
 * that padding. Frames that do not count must be zero in `x`; the output has values there.
 *
 * @param x `[B, F, T, C]`. @param weight `[C, 1, height, width]`, both odd. @param bias `[C]`, or undefined for none.
 * @returns `[B, ceil(F / strideF), ceil(T / strideT), C]`.
 * @throws {RangeError} If the shapes do not fit.
 */
export function depthwiseConv(
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
  bias: tf.Tensor1D | undefined,
  { strideF = 1, strideT = 1, dilationT = 1 }: DepthwiseConvOptions = {},
): tf.Tensor4D {
  checkShape("depthwiseConv", "x", x.shape, [null, null, null, null]);
  const [, , height, width] = weight.shape;
  checkShape("depthwiseConv", "weight", weight.shape, [x.shape[3], 1, null, null]);
  if (bias !== undefined) checkShape("depthwiseConv", "bias", bias.shape, [x.shape[3]]);
  if (height % 2 === 0 || width % 2 === 0) {
    throw new RangeError(`depthwiseConv: the kernel is ${height} by ${width}, wanted odd numbers`);
  }
  return run(x, weight, bias, { strideF, strideT, dilationT });
}
