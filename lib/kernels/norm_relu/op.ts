/** Batch normalisation over all rows, then relu. */
import type * as tf from "@tensorflow/tfjs";
import { normFits } from "../batch_norm/fits.ts";
import type { BatchNormOptions, BatchNormState } from "../batch_norm/types.ts";
import { normReluWasm } from "../batch_norm/wasm.ts";
import { checkShape } from "../operation/shapes.ts";
import { paddedFrames } from "../operation/valid_frames.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { normReluComposite } from "./composite.ts";

const run = withKernels(normReluComposite, {
  wasm: (kernels, x, state, options) =>
    normFits(x, state, options.training)
      ? normReluWasm(kernels, x, state, { ...options, relu: true })
      : undefined,
});

/** @param x `[B, F, T, C]`. @returns The same shape, zero in frames that do not count. */
export function normRelu(
  x: tf.Tensor4D,
  state: BatchNormState,
  options: Omit<BatchNormOptions, "groups">,
): tf.Tensor4D {
  checkShape("normRelu", "x", x.shape, [null, null, null, null]);
  const { training, validFrames } = options;
  const padded = paddedFrames("normRelu", validFrames, x.shape[0], x.shape[2]);
  return run(x, state, { training, ...(padded && { validFrames: padded }) });
}
