/** What optimizers' kernels on WebAssembly share. */
import type * as tf from "@tensorflow/tfjs";
import type { WasmKernels } from "../wasm/runtime.ts";

const VALUES_OF_SHARE = 16_384;

/** Chunks of a step that changes `values` numbers. */
export function sharesOfValues(values: number): number {
  return Math.max(1, Math.ceil(values / VALUES_OF_SHARE));
}

/** True if variables may be changed in place: no other tensor shares their values. */
export function ownAll(kernels: WasmKernels, variables: readonly tf.Variable[]): boolean {
  return variables.every((variable) => kernels.ownsValues(variable));
}
