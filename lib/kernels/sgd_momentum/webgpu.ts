/** {@link sgdMomentum} on WebGPU, for updates with momentum. */
import { type StepRule, takeSteps } from "../optimizer_step/webgpu.ts";
import type { WebGpuKernels } from "../webgpu/runtime.ts";
import type { SgdUpdate } from "./types.ts";

export const SGD_MOMENTUM: StepRule<"velocity", "weightDecay" | "momentum" | "rate"> = {
  name: "sgdMomentum",
  running: ["velocity"],
  numbers: ["weightDecay", "momentum", "rate"],
  code: (i) =>
    `let change = gradient${i}[at] + sizes.weightDecay${i} * parameter${i}[at];
        let v = sizes.momentum${i} * velocity${i}[at] + change;
        velocity${i}[at] = v;
        parameter${i}[at] -= sizes.rate${i} * v;`,
};

/** @returns The updates that it does not serve. */
export function sgdMomentumWebGpu(kernels: WebGpuKernels, updates: readonly SgdUpdate[]): SgdUpdate[] {
  return takeSteps(kernels, SGD_MOMENTUM, updates, (update) => {
    const { velocity } = update;
    return velocity === undefined ? undefined : { ...update, velocity, numbers: update };
  });
}
