/** The median of each row over time. */
import type * as tf from "@tensorflow/tfjs";
import { checkShape } from "../operation/shapes.ts";
import { paddedFrames } from "../operation/valid_frames.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { timeMedianComposite } from "./composite.ts";

const run = withKernels(timeMedianComposite);

/**
 * As torch.median: of an even number of frames the lower one of the two in the middle; its gradient goes to the frame
 * that it is taken from.
 *
 * @param x `[B, M, T]`. @param validFrames `[B]`: frames of each clip that count. All by default.
 * @returns `[B, M, 1]`.
 */
export function timeMedian(x: tf.Tensor3D, validFrames?: Int32Array): tf.Tensor3D {
  checkShape("timeMedian", "x", x.shape, [null, null, null]);
  return run(x, paddedFrames("timeMedian", validFrames, x.shape[0], x.shape[2]));
}
