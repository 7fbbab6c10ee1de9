/** {@link adam} on WebGPU. */
import type { WebGpuKernels } from "../webgpu/runtime.ts";
import { type StepRule, takeSteps } from "../optimizer_step/webgpu.ts";
import { type AdamFactors, adamFactors } from "./factors.ts";
import type { AdamUpdate } from "./types.ts";

export const ADAM: StepRule<"average" | "squareAverage", keyof AdamFactors> = {
  name: "adam",
  running: ["average", "squareAverage"],
  numbers: [
    "weightDecay",
    "keepAverage",
    "addGradient",
    "keepSquare",
    "addSquare",
    "rate",
    "rootScale",
    "eps",
  ],
  code: (i) =>
    `let g = gradient${i}[at] + sizes.weightDecay${i} * parameter${i}[at];
        let m = sizes.keepAverage${i} * average${i}[at] + sizes.addGradient${i} * g;
        let v = sizes.keepSquare${i} * squareAverage${i}[at] + sizes.addSquare${i} * (g * g);
        average${i}[at] = m;
        squareAverage${i}[at] = v;
        parameter${i}[at] -= sizes.rate${i} * m / (sqrt(v) / sizes.rootScale${i} + sizes.eps${i});`,
};

/** @returns The updates that it does not serve. */
export function adamWebGpu(kernels: WebGpuKernels, updates: readonly AdamUpdate[]): AdamUpdate[] {
  return takeSteps(kernels, ADAM, updates, (update) => ({ ...update, numbers: adamFactors(update) }));
}
