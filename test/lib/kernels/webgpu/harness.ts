/** Runs the same work as composites on cpu and as kernels on webgpu, and compares every number. */
import * as tf from "@tensorflow/tfjs";
import { assertEquals } from "@std/assert";
import { installWebGpuKernels } from "../../../../lib/kernels/webgpu/runtime.ts";
import { openForTest, webGpuIsHere } from "../../../support/backends.ts";
import { assertNear } from "../op_check.ts";

export type Arrays = Readonly<Record<string, ArrayLike<number>>>;

/** Sums of float32 in another order, and shaders whose exp keeps 3 ULP. Relative to the largest value. */
export const TOLERANCE = 1e-5;

/** Registers a test that needs an adapter; without one it is skipped, or fails on a build server. */
export function webGpuTest(name: string, test: () => Promise<void>): void {
  const ignore = !webGpuIsHere() && Deno.env.get("CI") !== "true";
  Deno.test({
    name: ignore ? `${name} (skipped, no WebGPU adapter on this machine)` : name,
    ignore,
    // The backend's device and its timers live as long as the process.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: test,
  });
}

/** Runs `work` with kernels on webgpu; the device must find nothing wrong with any program. */
export async function withKernels<T>(work: () => Promise<T>): Promise<T> {
  await openForTest("webgpu");
  installWebGpuKernels();
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  device.pushErrorScope("validation");
  try {
    return await work();
  } finally {
    const error = await device.popErrorScope();
    assertEquals(error?.message, undefined);
  }
}

export async function withComposites<T>(work: () => Promise<T>): Promise<T> {
  await openForTest("cpu");
  return await work();
}

/**
 * @param work Makes its own tensors and disposes of them.
 * @param vanishing Arrays to be compared relative to the largest value of all arrays, not of their own.
 */
export async function assertKernelsEqualComposites(
  work: () => Promise<Arrays>,
  vanishing: readonly string[] = [],
): Promise<void> {
  const wanted = await withComposites(work);
  const found = await withKernels(async () => {
    const before = tf.memory().numTensors;
    const arrays = await work();
    assertEquals(tf.memory().numTensors, before, "tensors left over");
    return arrays;
  });
  assertEquals(Object.keys(found), Object.keys(wanted));
  const largest = Math.max(...Object.values(wanted).map(largestOf));
  for (const [name, values] of Object.entries(wanted)) {
    const scale = vanishing.includes(name) ? largest / largestOf(values) : 1;
    assertNear(found[name]!, values, TOLERANCE * scale, name);
  }
}

/** Reads and disposes. */
export async function read(tensors: Readonly<Record<string, tf.Tensor>>): Promise<Arrays> {
  const arrays: Record<string, ArrayLike<number>> = {};
  for (const [name, tensor] of Object.entries(tensors)) arrays[name] = await tensor.data();
  tf.dispose(Object.values(tensors));
  return arrays;
}

function largestOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((largest, v) => Math.max(largest, Math.abs(v)), 1e-30);
}
