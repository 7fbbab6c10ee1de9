/** Weights in the order in which matrix products read them. */
import type * as tf from "@tensorflow/tfjs";
import type { WasmKernels } from "./runtime.ts";

const PANEL = 8;

/**
 * The transpose of a weight `[columns, inner]` in panels of 8 columns, zeros at the end; kept while the weight stays
 * as it is.
 *
 * @returns Its address.
 */
export function transposedPanels(
  kernels: WasmKernels,
  weight: tf.Tensor,
  columns: number,
  inner: number,
): number {
  const panels = Math.ceil(columns / PANEL);
  return kernels.kept(`transposed ${columns} ${inner}`, [weight], panels * inner * PANEL, (packed) => {
    kernels.run("packTransposed", panels, [kernels.addressOf(weight), columns, inner, packed]);
  });
}
