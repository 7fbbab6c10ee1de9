/** One step of an optimizer for many parameters at once: by kernels where they serve, else composed. */
import * as tf from "@tensorflow/tfjs";
import { type WasmKernels, wasmKernels } from "../wasm/runtime.ts";
import { type WebGpuKernels, webGpuKernels } from "../webgpu/runtime.ts";

/** What makes one optimizer; an update is one parameter's step. */
export interface Stepping<Update> {
  readonly composite: (update: Update) => void;
  /** @returns False, with nothing changed, if it does not serve the update. */
  readonly wasm: (kernels: WasmKernels, update: Update) => boolean;
  /** @returns The updates that it does not serve. */
  readonly webgpu: (kernels: WebGpuKernels, updates: readonly Update[]) => readonly Update[];
}

export function stepAll<Update>(
  { composite, wasm, webgpu }: Stepping<Update>,
  updates: readonly Update[],
): void {
  const [onWasm, onWebGpu] = [wasmKernels(), webGpuKernels()];
  for (const update of onWebGpu === undefined ? updates : webgpu(onWebGpu, updates)) {
    if (onWasm === undefined || !wasm(onWasm, update)) composite(update);
  }
}

/** @throws {Error} That names the optimizer and the first tensor that is not of the parameter's shape. */
export function checkShapes(
  optimizer: string,
  parameter: tf.Tensor,
  others: Readonly<Record<string, tf.Tensor>>,
): void {
  for (const [name, { shape }] of Object.entries(others)) {
    tf.util.assertShapesMatch(shape, parameter.shape, `${optimizer}: ${name} and parameter: `);
  }
}
