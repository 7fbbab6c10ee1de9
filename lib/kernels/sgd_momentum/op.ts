/** One step of gradient descent with momentum for many parameters at once. */
import { checkShapes, stepAll } from "../optimizer_step/step.ts";
import { sgdMomentumComposite } from "./composite.ts";
import type { SgdUpdate } from "./types.ts";
import { sgdMomentumWasm } from "./wasm.ts";
import { sgdMomentumWebGpu } from "./webgpu.ts";

export type { SgdUpdate } from "./types.ts";

const STEPPING = { composite: sgdMomentumComposite, wasm: sgdMomentumWasm, webgpu: sgdMomentumWebGpu };

/**
 * `v = momentum v + (g + weightDecay p); p -= rate v`, without momentum `p -= rate (g + weightDecay p)`. Variables
 * change where they are.
 *
 * @throws {Error} If shapes differ.
 */
export function sgdMomentum(updates: readonly SgdUpdate[]): void {
  for (const { parameter, velocity, gradient } of updates) {
    checkShapes("sgdMomentum", parameter, { gradient, ...(velocity && { velocity }) });
  }
  stepAll(STEPPING, updates);
}
