/** Batch normalisation (Ioffe and Szegedy 2015), channels last, optionally by groups of frequencies. */
import type * as tf from "@tensorflow/tfjs";
import { checkShape } from "../operation/shapes.ts";
import { paddedFrames } from "../operation/valid_frames.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { batchNormComposite } from "./composite.ts";
import { type BatchNormOptions, type BatchNormState, EPSILON } from "./types.ts";

export type { BatchNormOptions, BatchNormState } from "./types.ts";

const run = withKernels(batchNormComposite);

/** @param x `[B, F, T, C]`. @returns `[B, F, T, C]`. */
export function batchNorm(x: tf.Tensor4D, state: BatchNormState, options: BatchNormOptions): tf.Tensor4D {
  checkShape("batchNorm", "x", x.shape, [null, null, null, null]);
  const groups = options.groups ?? [x.shape[1]];
  const height = groups.reduce((sum, rows) => sum + rows, 0);
  if (height !== x.shape[1] || groups.some((rows) => rows < 1)) {
    throw new RangeError(`batchNorm: groups of [${groups.join(", ")}] rows do not fill ${x.shape[1]} rows`);
  }
  const size = [x.shape[3] * groups.length];
  checkShape("batchNorm", "runningMean", state.runningMean.shape, size);
  checkShape("batchNorm", "runningVar", state.runningVar.shape, size);
  if (state.affine !== undefined) {
    checkShape("batchNorm", "weight", state.affine.weight.shape, size);
    checkShape("batchNorm", "bias", state.affine.bias.shape, size);
  }
  const validFrames = paddedFrames("batchNorm", options.validFrames, x.shape[0], x.shape[2]);
  return run(x, state, groups, options.training, validFrames, options.epsilon ?? EPSILON);
}
