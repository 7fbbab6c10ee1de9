/** One step of gradient descent with momentum, in place. */
import * as tf from "@tensorflow/tfjs";
import { wasmKernels } from "./runtime.ts";

const VALUES_OF_SHARE = 16_384;

export interface SgdStep {
  /** Multiplies the gradient first. */
  readonly scale: number;
  /** This share of the parameter is added to the gradient. */
  readonly weightDecay: number;
  readonly momentum: number;
  readonly rate: number;
}

/**
 * `v = momentum v + (scale g + weightDecay p); p -= rate v`, rounded as separate operations would be.
 *
 * @param velocity `v`; of the same shape, and a tensor of its own.
 * @returns False, with nothing changed, if there are no kernels on the backend in use or another tensor shares the
 *   values: then the caller composes the step of standard operations.
 */
export function sgdMomentumInPlace(
  parameter: tf.Variable,
  velocity: tf.Variable,
  gradient: tf.Tensor,
  step: SgdStep,
): boolean {
  const kernels = wasmKernels();
  if (kernels === undefined || !kernels.ownsValues(parameter) || !kernels.ownsValues(velocity)) return false;
  tf.util.assertShapesMatch(gradient.shape, parameter.shape, "sgdMomentum: gradient and parameter: ");
  tf.util.assertShapesMatch(velocity.shape, parameter.shape, "sgdMomentum: velocity and parameter: ");
  const shares = Math.max(1, Math.ceil(parameter.size / VALUES_OF_SHARE));
  // deno-fmt-ignore
  kernels.run("sgdMomentum", shares, [
    kernels.addressToChange(parameter), kernels.addressToChange(velocity), kernels.addressOf(gradient),
    parameter.size, shares,
    step.scale, step.weightDecay, step.momentum, step.rate,
  ]);
  return true;
}
