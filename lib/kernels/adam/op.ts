/** One step of Adam for many parameters at once. */
import * as tf from "@tensorflow/tfjs";
import { adamInPlace } from "../wasm/adam.ts";
import { webGpuKernels } from "../webgpu/runtime.ts";
import { adamComposite } from "./composite.ts";
import type { AdamUpdate } from "./types.ts";
import { adamWebGpu } from "./webgpu.ts";

export type { AdamUpdate } from "./types.ts";

/**
 * With h = g + weightDecay p: `m = beta1 m + (1 - beta1) h; v = beta2 v + (1 - beta2) h^2`, then
 * `p -= rate m / (1 - beta1^step) / (sqrt(v / (1 - beta2^step)) + eps)`. Variables change where they are.
 *
 * @throws {Error} If shapes differ.
 * @see https://arxiv.org/abs/1412.6980, algorithm 1.
 */
export function adam(updates: readonly AdamUpdate[]): void {
  for (const { parameter, average, squareAverage, gradient } of updates) {
    for (const [name, { shape }] of Object.entries({ gradient, average, squareAverage })) {
      tf.util.assertShapesMatch(shape, parameter.shape, `adam: ${name} and parameter: `);
    }
  }
  const kernels = webGpuKernels();
  for (const update of kernels === undefined ? updates : adamWebGpu(kernels, updates)) {
    if (!adamInPlace(update)) adamComposite(update);
  }
}
