/** Steps of an optimizer in WGSL: two parameters a program, as many as the promised number of buffers allows. */
import type * as tf from "@tensorflow/tfjs";
import type { WebGpuKernels } from "../webgpu/runtime.ts";
import type { Shader } from "../webgpu/shader.ts";

const THREADS = 256;

/** How one optimizer changes a parameter. */
export interface StepRule<Running extends string, Numbers extends string> {
  readonly name: string;
  /** Arrays of the parameter's shape that change with it; two at most. */
  readonly running: readonly Running[];
  /** What is the same for all values of a parameter. */
  readonly numbers: readonly Numbers[];
  /**
   * Statements that change the value `at` of the i-th parameter. Arrays are `parameter0`, `gradient0` and `running`
   * with that number, numbers `sizes.rate0`.
   */
  code(i: number): string;
}

/** One parameter's step. */
export type StepOperands<Running extends string, Numbers extends string> =
  & { readonly parameter: tf.Variable; readonly gradient: tf.Tensor }
  & Readonly<Record<Running, tf.Variable>>
  & { readonly numbers: Readonly<Record<Numbers, number>> };

/**
 * @param operandsOf Undefined for an update that the rule does not cover.
 * @returns The updates that were left, as the rule does not cover them or their parameter is too large.
 */
export function takeSteps<Update extends object, Running extends string, Numbers extends string>(
  kernels: WebGpuKernels,
  rule: StepRule<Running, Numbers>,
  updates: readonly Update[],
  operandsOf: (update: Update) => StepOperands<Running, Numbers> | undefined,
): Update[] {
  const steps: StepOperands<Running, Numbers>[] = [];
  const left: Update[] = [];
  for (const update of updates) {
    const step = operandsOf(update);
    if (step !== undefined && kernels.fits(step.parameter.size, Math.ceil(step.parameter.size / THREADS))) {
      steps.push(step);
    } else left.push(update);
  }
  // Parameters of one size side by side waste no threads.
  steps.sort((a, b) => a.parameter.size - b.parameter.size);
  for (let i = 0; i < steps.length; i += 2) run(kernels, rule, steps.slice(i, i + 2));
  return left;
}

/** The second row of workgroups steps the second parameter. */
export function stepShader<Running extends string, Numbers extends string>(
  rule: StepRule<Running, Numbers>,
  parameters: number,
): Shader<string, string> {
  const indices = Array.from({ length: parameters }, (_, i) => i);
  return {
    key: `${rule.name} of ${parameters}`,
    buffers: Object.fromEntries(indices.flatMap((i) => [
      [`parameter${i}`, "write" as const],
      ...rule.running.map((name) => [`${name}${i}`, "write" as const]),
      [`gradient${i}`, "read" as const],
    ])),
    sizes: Object.fromEntries(indices.flatMap((i) => [
      [`size${i}`, "u32" as const],
      ...rule.numbers.map((name) => [`${name}${i}`, "f32" as const]),
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
        ${rule.code(i)}
      }
    }`
      ).join("\n")
    }
    default: {}
  }
}`,
  };
}

function run<Running extends string, Numbers extends string>(
  kernels: WebGpuKernels,
  rule: StepRule<Running, Numbers>,
  steps: readonly StepOperands<Running, Numbers>[],
): void {
  const buffers = steps.flatMap((step, i): [string, tf.Tensor][] => [
    [`parameter${i}`, kernels.ownVariable(step.parameter)],
    ...rule.running.map((name): [string, tf.Tensor] => [`${name}${i}`, kernels.ownVariable(step[name])]),
    [`gradient${i}`, step.gradient],
  ]);
  const sizes = steps.flatMap(({ parameter, numbers }, i): [string, number][] => [
    [`size${i}`, parameter.size],
    ...rule.numbers.map((name): [string, number] => [`${name}${i}`, numbers[name]]),
  ]);
  const largest = Math.max(...steps.map(({ parameter }) => parameter.size));
  kernels.run(stepShader(rule, steps.length), Object.fromEntries(buffers), Object.fromEntries(sizes), [
    Math.ceil(largest / THREADS),
    steps.length,
  ]);
}
