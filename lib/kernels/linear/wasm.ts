/** {@link linear} on WebAssembly: see `wasm.as.ts`. */
import type * as tf from "@tensorflow/tfjs";
import { differentiable, savedAt } from "../operation/differentiable.ts";
import { addShares, transposedPanels } from "../matrices/wasm.ts";
import type { CompiledFunction } from "../wasm/compiled_unit.ts";
import type { WasmKernels } from "../wasm/runtime.ts";
import { COMPILED } from "./compiled.ts";

const PANEL = 8;
/** Rows at a time; from so many rows on the weight's gradient is summed over shares of the rows. */
const [FEWEST_ROWS, MOST_ROWS, MANY_ROWS] = [24, 600, 4096];
const FEW_PRODUCTS = 1 << 20;
const ROW_SHARES = 20;
const MOST_SHARES = 16;
/** Inputs of a row: from so many on, adding up four partial sums at its end costs less than to pack the weight. */
const LONG_ROW = 256;

/**
 * Undefined if there are fewer inputs than one panel has columns.
 *
 * @param biasGradient Sums of the output's gradient by column; by default a chunk for each column.
 */
export function linearWasm(
  kernels: WasmKernels,
  x: tf.Tensor2D,
  weight: tf.Tensor2D,
  bias?: tf.Tensor1D,
  biasGradient?: (dy: tf.Tensor) => tf.Tensor,
): tf.Tensor2D | undefined {
  const [batch, inner] = x.shape;
  if (inner < PANEL) return undefined;
  const [out] = weight.shape;
  const panels = Math.ceil(out / PANEL);
  const shares = Math.min(MOST_SHARES, Math.floor(inner / PANEL));
  const inputs: Record<string, tf.Tensor> = bias === undefined ? { x, weight } : { x, weight, bias };
  return differentiable<Record<string, tf.Tensor>, tf.Tensor2D>(
    inputs,
    (save) => {
      save(x, weight);
      const y = kernels.output<tf.Tensor2D>([batch, out]);
      const offset = bias === undefined ? 0 : kernels.addressOf(bias);
      const height = rowsAtATime(batch, inner * out);
      const run = (compiled: CompiledFunction, w: number, scratchBytes?: number) =>
        kernels.run(
          compiled,
          Math.ceil(batch / height),
          [kernels.addressOf(x), batch, height, inner, w, out, offset, y.address],
          scratchBytes,
        );
      if (inner >= LONG_ROW) run(COMPILED.linearForwardLong, kernels.addressOf(weight));
      else {
        const packed = transposedPanels(kernels, weight, out, inner);
        run(COMPILED.linearForward, packed, height * panels * PANEL * 4);
      }
      return y.tensor;
    },
    (dy, saved) => {
      const gradient = (run: CompiledFunction, other: tf.Tensor, shape: readonly number[]) => {
        const d = kernels.output(shape);
        kernels.run(run, shares, [
          kernels.addressOf(dy),
          kernels.addressOf(other),
          batch,
          shares,
          inner,
          out,
          d.address,
        ]);
        return d.tensor;
      };
      return {
        x: () => gradient(COMPILED.linearInputGradient, savedAt(saved, 1), [batch, inner]),
        weight: () =>
          batch < MANY_ROWS
            ? gradient(COMPILED.linearWeightGradient, savedAt(saved, 0), [out, inner])
            : weightGradientOfManyRows(kernels, dy, savedAt(saved, 0), out),
        bias: () => {
          if (biasGradient !== undefined) return biasGradient(dy);
          const d = kernels.output([out]);
          kernels.run(COMPILED.columnSums, out, [kernels.addressOf(dy), batch, out, d.address]);
          return d.tensor;
        },
      };
    },
  );
}

/** All of them where the whole product takes less time than to wake a thread. */
function rowsAtATime(rows: number, products: number): number {
  if (rows >= MANY_ROWS) return MOST_ROWS;
  return rows * products < FEW_PRODUCTS ? rows : FEWEST_ROWS;
}

function weightGradientOfManyRows(
  kernels: WasmKernels,
  dy: tf.Tensor,
  x: tf.Tensor,
  out: number,
): tf.Tensor {
  const [batch, inner] = x.shape as [number, number];
  const dw = kernels.output([out, inner]);
  kernels.borrow(ROW_SHARES * out * inner, (sums) => {
    const args = [kernels.addressOf(dy), kernels.addressOf(x), batch, ROW_SHARES, inner, out, sums];
    kernels.run(COMPILED.linearWeightSums, ROW_SHARES, args);
    addShares(kernels, sums, ROW_SHARES, out * inner, dw.address);
  });
  return dw.tensor;
}
