/** An operation where it is defined: its composite of standard operations, and the kernels written for it by hand. */
import type * as tf from "@tensorflow/tfjs";
import { type WasmKernels, wasmKernels } from "../wasm/runtime.ts";
import { type WebGpuKernels, webGpuKernels } from "../webgpu/runtime.ts";
import { currentWatcher } from "./watched.ts";

/** @returns Undefined if it does not serve these operands: then the composite runs. */
type Kernel<Runtime, Operands extends unknown[], Result> = (
  runtime: Runtime,
  ...operands: Operands
) => Result | undefined;

/** At most one for each backend. One whose operands or result are not those of the composite does not compile. */
export interface KernelsOf<Operands extends unknown[], Result> {
  readonly wasm?: Kernel<WasmKernels, Operands, Result>;
  readonly webgpu?: Kernel<WebGpuKernels, Operands, Result>;
}

/**
 * @param kernels None: the operation is one only for those who write a forward pass down.
 * @returns The operation: the kernel of the backend in use, where there is one that serves, else `composite`.
 */
export function withKernels<Operands extends unknown[], Result extends tf.Tensor>(
  composite: (...operands: Operands) => Result,
  kernels: KernelsOf<NoInfer<Operands>, NoInfer<Result>> = {},
): (...operands: Operands) => Result {
  return (...operands) => {
    const watch = currentWatcher();
    if (watch !== undefined) return watch(composite, operands);
    return attempt(kernels.wasm, wasmKernels(), operands) ??
      attempt(kernels.webgpu, webGpuKernels(), operands) ??
      composite(...operands);
  };
}

function attempt<Runtime, Operands extends unknown[], Result>(
  kernel: Kernel<Runtime, Operands, Result> | undefined,
  runtime: Runtime | undefined,
  operands: Operands,
): Result | undefined {
  return kernel === undefined || runtime === undefined ? undefined : kernel(runtime, ...operands);
}
