/** One step of Adam for many parameters at once. */
import { checkShapes, stepAll } from "../optimizer_step/step.ts";
import { adamComposite } from "./composite.ts";
import type { AdamUpdate } from "./types.ts";
import { adamWasm } from "./wasm.ts";
import { adamWebGpu } from "./webgpu.ts";

export type { AdamUpdate } from "./types.ts";

const STEPPING = { composite: adamComposite, wasm: adamWasm, webgpu: adamWebGpu };

/**
 * With h = g + weightDecay p: `m = beta1 m + (1 - beta1) h; v = beta2 v + (1 - beta2) h^2`, then
 * `p -= rate m / (1 - beta1^step) / (sqrt(v / (1 - beta2^step)) + eps)`. Variables change where they are.
 *
 * @throws {Error} If shapes differ.
 * @see https://arxiv.org/abs/1412.6980, algorithm 1.
 */
export function adam(updates: readonly AdamUpdate[]): void {
  for (const { parameter, average, squareAverage, gradient } of updates) {
    checkShapes("adam", parameter, { gradient, average, squareAverage });
  }
  stepAll(STEPPING, updates);
}
