/** Batch normalisation over all rows, then relu. */
import type * as tf from "@tensorflow/tfjs";
import { type BatchNormOptions, type BatchNormState, hasAffine } from "../batch_norm/types.ts";
import { normReluWasm } from "../batch_norm/wasm.ts";
import { recordsGradients } from "../operation/differentiable.ts";
import { checkShape } from "../operation/shapes.ts";
import { paddedFrames } from "../operation/valid_frames.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { normReluComposite } from "./composite.ts";

/** The kernels take four channels at a time, and have no gradient for fixed statistics. */
const fits = (x: tf.Tensor4D, state: BatchNormState, training: boolean): boolean =>
  x.shape[3] >= 4 && hasAffine(state) && (training || !recordsGradients());

const run = withKernels(normReluComposite, {
  wasm: (kernels, x, state, options) =>
    fits(x, state, options.training)
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
