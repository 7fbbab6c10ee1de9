/** What several operations do with whole matrices: see `wasm.as.ts`. */
import type * as tf from "@tensorflow/tfjs";
import type { WasmKernels } from "../wasm/runtime.ts";
import { COMPILED } from "./compiled.ts";

const PANEL = 8;

/**
 * The transpose of a weight `[columns, inner]` in panels of 8 columns, zeros at the end, as products of matrices read
 * it; kept while the weight stays as it is.
 *
 * @returns Its address.
 */
export function transposedPanels(
  kernels: WasmKernels,
  weight: tf.Tensor,
  columns: number,
  inner: number,
): number {
  const floats = Math.ceil(columns / PANEL) * inner * PANEL;
  return kernels.kept(
    `transposed ${columns} ${inner}`,
    [weight],
    floats,
    (packed) => packTransposed(kernels, weight, columns, inner, packed),
  );
}

/** The same, written to an address. */
export function packTransposed(
  kernels: WasmKernels,
  weight: tf.Tensor,
  columns: number,
  inner: number,
  packed: number,
): void {
  const args = [kernels.addressOf(weight), columns, inner, packed];
  kernels.run(COMPILED.packTransposed, Math.ceil(columns / PANEL), args);
}

/** Writes the transpose of a matrix `[rows, columns]` to an address. */
export function transposeMatrix(
  kernels: WasmKernels,
  matrix: tf.Tensor,
  rows: number,
  columns: number,
  transposed: number,
): void {
  kernels.run(COMPILED.transposeMatrix, 1, [kernels.addressOf(matrix), rows, columns, transposed]);
}

/** Adds up `[shares, size]` over the shares, in order. Both are addresses. */
export function addShares(
  kernels: WasmKernels,
  sums: number,
  shares: number,
  size: number,
  total: number,
): void {
  kernels.run(COMPILED.addShares, 1, [sums, shares, size, total]);
}

/** Adds up `[shares, taps, channels]` over the shares, in order, as `[channels, taps]`. Both are addresses. */
export function addTapShares(
  kernels: WasmKernels,
  sums: number,
  shares: number,
  taps: number,
  channels: number,
  total: number,
): void {
  kernels.run(COMPILED.addTapShares, 1, [sums, shares, taps, channels, total]);
}

/** @param factor One number. @returns A tensor like `x`. */
export function scaled(kernels: WasmKernels, x: tf.Tensor, factor: tf.Tensor): tf.Tensor {
  const { tensor, address } = kernels.output(x.shape);
  kernels.run(COMPILED.scaleBy, 1, [kernels.addressOf(x), kernels.addressOf(factor), x.size, address]);
  return tensor;
}
