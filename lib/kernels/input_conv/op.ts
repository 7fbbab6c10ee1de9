/** BC-ResNet's first convolution, from one channel to several; it halves the height. */
import type * as tf from "@tensorflow/tfjs";
import { checkShape } from "../operation/shapes.ts";
import { paddedFrames } from "../operation/valid_frames.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { inputConvComposite } from "./composite.ts";
import { inputConvWasm } from "./wasm.ts";

const run = withKernels(inputConvComposite, { wasm: inputConvWasm });

/**
 * 5x5, stride 2 over frequency and 1 over time, zero-padded by two on each side.
 *
 * @param x `[B, M, T]`, one channel. @param weight `[C, 1, 5, 5]`. @param bias `[C]`.
 * @param validFrames `[B]`: frames of each clip that count; the others are taken as zero and left zero. All by default.
 * @returns `[B, ceil(M / 2), T, C]`.
 */
export function inputConv(
  x: tf.Tensor3D,
  weight: tf.Tensor4D,
  bias: tf.Tensor1D,
  validFrames?: Int32Array,
): tf.Tensor4D {
  checkShape("inputConv", "x", x.shape, [null, null, null]);
  checkShape("inputConv", "weight", weight.shape, [null, 1, 5, 5]);
  checkShape("inputConv", "bias", bias.shape, [weight.shape[0]]);
  const padded = paddedFrames("inputConv", validFrames, x.shape[0], x.shape[2]);
  return run(x, weight, bias, padded);
}
