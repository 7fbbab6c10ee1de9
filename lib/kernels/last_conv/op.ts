/** The depthwise convolution that closes BC-ResNet: as high as what is left, so one row comes out. */
import type * as tf from "@tensorflow/tfjs";
import { causally } from "../operation/causal.ts";
import { checkShape } from "../operation/shapes.ts";
import { paddedFrames } from "../operation/valid_frames.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { lastConvComposite } from "./composite.ts";
import { lastConvWasm } from "./wasm.ts";
import { lastConvWebGpu } from "./webgpu.ts";

const run = withKernels(lastConvComposite, { wasm: lastConvWasm, webgpu: lastConvWebGpu });

/**
 * Zero-padded over time so that the number of frames stays: on both sides, or, if it is causal, before alone.
 *
 * @param x `[B, F, T, C]`. @param weight `[C, 1, F, width]`, width odd. @param bias `[C]`.
 * @param validFrames `[B]`: frames of each clip that count; the others are taken as zero and left zero. All by default.
 * @returns `[B, 1, T, C]`.
 */
export function lastConv(
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
  bias: tf.Tensor1D,
  validFrames?: Int32Array,
  causal = false,
): tf.Tensor4D {
  checkShape("lastConv", "x", x.shape, [null, null, null, null]);
  checkShape("lastConv", "weight", weight.shape, [x.shape[3], 1, x.shape[1], null]);
  checkShape("lastConv", "bias", bias.shape, [x.shape[3]]);
  if (weight.shape[3] % 2 === 0) {
    throw new RangeError(`lastConv: the kernel is ${weight.shape[3]} frames wide, wanted an odd number`);
  }
  if (causal) {
    const reach = (weight.shape[3] - 1) / 2;
    return causally(x, 2, reach, validFrames, (late, frames) => lastConv(late, weight, bias, frames));
  }
  const padded = paddedFrames("lastConv", validFrames, x.shape[0], x.shape[2]);
  return run(x, weight, bias, padded);
}
