/** One step of gradient descent with momentum for many parameters at once. */
import * as tf from "@tensorflow/tfjs";
import { sgdMomentumInPlace } from "../wasm/sgd_momentum.ts";
import { webGpuKernels } from "../webgpu/runtime.ts";
import { sgdMomentumComposite } from "./composite.ts";
import type { SgdUpdate } from "./types.ts";
import { sgdMomentumWebGpu } from "./webgpu.ts";

export type { SgdUpdate } from "./types.ts";

/**
 * `v = momentum v + (g + weightDecay p); p -= rate v`, without momentum `p -= rate (g + weightDecay p)`. Variables
 * change where they are.
 *
 * @throws {Error} If shapes differ.
 */
export function sgdMomentum(updates: readonly SgdUpdate[]): void {
  for (const { parameter, velocity, gradient } of updates) {
    tf.util.assertShapesMatch(gradient.shape, parameter.shape, "sgdMomentum: gradient and parameter: ");
    tf.util.assertShapesMatch(
      (velocity ?? parameter).shape,
      parameter.shape,
      "sgdMomentum: velocity and parameter: ",
    );
  }
  const kernels = webGpuKernels();
  for (const update of kernels === undefined ? updates : sgdMomentumWebGpu(kernels, updates)) {
    const { parameter, velocity, gradient } = update;
    if (
      velocity === undefined || !sgdMomentumInPlace(parameter, velocity, gradient, { ...update, scale: 1 })
    ) {
      sgdMomentumComposite(update);
    }
  }
}
