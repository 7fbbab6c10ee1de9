/** {@link sgdMomentum} on WebGPU: two parameters a program, as many as the promised number of buffers allows. */
import type { WebGpuKernels } from "../webgpu/runtime.ts";
import type { Shader } from "../webgpu/shader.ts";
import type { SgdUpdate } from "./types.ts";

const THREADS = 256;

type UpdateWithMomentum = SgdUpdate & { readonly velocity: NonNullable<SgdUpdate["velocity"]> };

/** @returns The updates that it does not serve. */
export function sgdMomentumWebGpu(kernels: WebGpuKernels, updates: readonly SgdUpdate[]): SgdUpdate[] {
  const served: UpdateWithMomentum[] = [];
  const left: SgdUpdate[] = [];
  for (const update of updates) {
    const { parameter } = update;
    if (hasMomentum(update) && kernels.fits(parameter.size, Math.ceil(parameter.size / THREADS))) {
      served.push(update);
    } else left.push(update);
  }
  // Parameters of one size side by side waste no threads.
  served.sort((a, b) => a.parameter.size - b.parameter.size);
  for (let i = 0; i < served.length; i += 2) run(kernels, served.slice(i, i + 2));
  return left;
}

function hasMomentum(update: SgdUpdate): update is UpdateWithMomentum {
  return update.velocity !== undefined;
}

function run(kernels: WebGpuKernels, updates: readonly UpdateWithMomentum[]): void {
  const buffers = updates.flatMap(({ parameter, velocity, gradient }, i) => [
    [`parameter${i}`, kernels.ownVariable(parameter)],
    [`velocity${i}`, kernels.ownVariable(velocity)],
    [`gradient${i}`, gradient],
  ]);
  const sizes = updates.flatMap(({ parameter, weightDecay, momentum, rate }, i) => [
    [`size${i}`, parameter.size],
    [`weightDecay${i}`, weightDecay],
    [`momentum${i}`, momentum],
    [`rate${i}`, rate],
  ]);
  const largest = Math.max(...updates.map(({ parameter }) => parameter.size));
  kernels.run(
    sgdShader(updates.length),
    Object.fromEntries(buffers),
    Object.fromEntries(sizes),
    [Math.ceil(largest / THREADS), updates.length],
  );
}

/** The second row of workgroups steps the second parameter. */
export function sgdShader(parameters: number): Shader<string, string> {
  const indices = Array.from({ length: parameters }, (_, i) => i);
  return {
    key: `sgdMomentum of ${parameters}`,
    buffers: Object.fromEntries(indices.flatMap((i) => [
      [`parameter${i}`, "write" as const],
      [`velocity${i}`, "write" as const],
      [`gradient${i}`, "read" as const],
    ])),
    sizes: Object.fromEntries(indices.flatMap((i) => [
      [`size${i}`, "u32" as const],
      [`weightDecay${i}`, "f32" as const],
      [`momentum${i}`, "f32" as const],
      [`rate${i}`, "f32" as const],
    ])),
    code: () => `
@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let at = id.x;
  switch id.y {
${
      indices.map((i) =>
        `    case ${i}u: {
      if (at < sizes.size${i}) {
        let change = gradient${i}[at] + sizes.weightDecay${i} * parameter${i}[at];
        let v = sizes.momentum${i} * velocity${i}[at] + change;
        velocity${i}[at] = v;
        parameter${i}[at] -= sizes.rate${i} * v;
      }
    }`
      ).join("\n")
    }
    default: {}
  }
}`,
  };
}
