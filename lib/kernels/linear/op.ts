/** Fully connected layer: `y = x W^T + b`, as torch.nn.Linear. */
import type * as tf from "@tensorflow/tfjs";
import { checkFloat, checkShape } from "../operation/shapes.ts";
import { withKernels } from "../operation/with_kernels.ts";
import { linearComposite } from "./composite.ts";
import { linearWasm } from "./wasm.ts";

const run = withKernels(linearComposite, { wasm: linearWasm });

/**
 * @param x `[batch, in]`. @param weight `[out, in]`. @param bias `[out]`, or undefined for none.
 * @returns `[batch, out]`.
 * @throws {RangeError} If the shapes do not fit.
 */
export function linear(x: tf.Tensor2D, weight: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor2D {
  checkFloat("linear", "x", x);
  checkShape("linear", "weight", weight.shape, [null, null]);
  checkShape("linear", "x", x.shape, [null, weight.shape[1]]);
  if (bias !== undefined) checkShape("linear", "bias", bias.shape, [weight.shape[0]]);
  return run(x, weight, bias);
}
