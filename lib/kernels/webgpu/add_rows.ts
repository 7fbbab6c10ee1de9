/** Adds up rows of partial sums: the last step of gradients that the workgroups of a program share. */
import type * as tf from "@tensorflow/tfjs";
import type { WebGpuKernels } from "./runtime.ts";
import type { Shader } from "./shader.ts";

const THREADS = 64;

/** One tensor as rows of partial sums, each the tensor in its layout. */
export interface SumTarget {
  readonly shape: readonly number[];
  /** Where in the first row it begins, and how far apart rows are, in values. */
  readonly first: number;
  readonly stride: number;
  /** Rows. */
  readonly chunks: number;
}

/** Most outputs of a program: the eighth buffer is what it reads. */
const MOST_TARGETS = 7;

/** @returns The sums over all rows, in their order, by the names of the targets. */
export function addRows<Name extends string>(
  kernels: WebGpuKernels,
  sums: tf.Tensor,
  targets: Readonly<Record<Name, SumTarget>>,
): Record<Name, tf.Tensor> {
  const all = Object.entries<SumTarget>(targets)
    .map(([name, target]) => ({ name, target, made: kernels.output(target.shape) }));
  for (let begin = 0; begin < all.length; begin += MOST_TARGETS) {
    const some = all.slice(begin, begin + MOST_TARGETS);
    const sizes = some.flatMap(({ target: { first, stride, chunks }, made }, i) => [
      [`first${i}`, first],
      [`stride${i}`, stride],
      [`chunks${i}`, chunks],
      [`size${i}`, made.size],
    ]);
    const largest = Math.max(...some.map(({ made }) => made.size));
    kernels.run(
      addRowsShader(some.length),
      { sums, ...Object.fromEntries(some.map(({ made }, i) => [`target${i}`, made])) },
      Object.fromEntries(sizes),
      [Math.ceil(largest / THREADS), some.length],
    );
  }
  return Object.fromEntries(all.map(({ name, made }) => [name, made])) as Record<Name, tf.Tensor>;
}

export function addRowsShader(targets: number): Shader<string, string> {
  const names = Array.from({ length: targets }, (_, i) => i);
  return {
    key: `add rows for ${targets}`,
    buffers: { sums: "read", ...Object.fromEntries(names.map((i) => [`target${i}`, "write" as const])) },
    sizes: Object.fromEntries(
      names.flatMap((i) =>
        [`first${i}`, `stride${i}`, `chunks${i}`, `size${i}`].map((name) => [name, "u32" as const])
      ),
    ),
    code: () => `
fn addUp(first: u32, stride: u32, chunks: u32) -> f32 {
  var total = 0.0;
  for (var chunk = 0u; chunk < chunks; chunk++) { total += sums[first + chunk * stride]; }
  return total;
}

@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  switch id.y {
${
      names.map((i) =>
        `    case ${i}u: {
      if (id.x < sizes.size${i}) { target${i}[id.x] = addUp(sizes.first${i} + id.x, sizes.stride${i}, sizes.chunks${i}); }
    }`
      ).join("\n")
    }
    default: {}
  }
}`,
  };
}
