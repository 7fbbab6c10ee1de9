/** Batch normalisation over all rows, with nothing behind it. */
import type * as tf from "@tensorflow/tfjs";
import { batchNorm, type BatchNormOptions, type BatchNormState } from "../batch_norm/op.ts";
import { normFits } from "../batch_norm/fits.ts";
import { normReluWasm } from "../batch_norm/wasm.ts";
import { checkShape } from "../operation/shapes.ts";
import { paddedFrames } from "../operation/valid_frames.ts";
import { withKernels } from "../operation/with_kernels.ts";

type Options = Omit<BatchNormOptions, "groups">;

const run = withKernels(
  (x: tf.Tensor4D, state: BatchNormState, options: Options) => batchNorm(x, state, options),
  {
    wasm: (kernels, x, state, options) =>
      normFits(x, state, options.training)
        ? normReluWasm(kernels, x, state, { ...options, relu: false })
        : undefined,
  },
);

/** @param x `[B, F, T, C]`. @returns The same shape, zero in frames that do not count. */
export function norm(x: tf.Tensor4D, state: BatchNormState, options: Options): tf.Tensor4D {
  checkShape("norm", "x", x.shape, [null, null, null, null]);
  const { validFrames, ...others } = options;
  const padded = paddedFrames("norm", validFrames, x.shape[0], x.shape[2]);
  return run(x, state, { ...others, ...(padded && { validFrames: padded }) });
}
