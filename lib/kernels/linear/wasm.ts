/** {@link linear} on WebAssembly: see `assembly/linear.ts`. */
import type * as tf from "@tensorflow/tfjs";
import { differentiable, savedAt } from "../differentiable.ts";
import type { WasmKernels } from "../wasm/runtime.ts";

const PANEL = 8;
const ROWS_OF_CHUNK = 24;
const MOST_SHARES = 16;

/** The least number of inputs: one panel of columns. */
export const MIN_INPUTS = PANEL;

export function linearWasm(
  kernels: WasmKernels,
  x: tf.Tensor2D,
  weight: tf.Tensor2D,
  bias?: tf.Tensor1D,
): tf.Tensor2D {
  const [batch, inner] = x.shape;
  const [out] = weight.shape;
  const panels = Math.ceil(out / PANEL);
  const shares = Math.min(MOST_SHARES, Math.floor(inner / PANEL));
  const inputs: Record<string, tf.Tensor> = bias === undefined ? { x, weight } : { x, weight, bias };
  return differentiable<Record<string, tf.Tensor>, tf.Tensor2D>(
    inputs,
    (save) => {
      save(x, weight);
      const y = kernels.output<tf.Tensor2D>([batch, out]);
      kernels.borrow(panels * inner * PANEL, (packed) => {
        kernels.run("packTransposed", panels, [kernels.addressOf(weight), out, inner, packed]);
        const offset = bias === undefined ? 0 : kernels.addressOf(bias);
        const args = [kernels.addressOf(x), batch, inner, packed, out, offset, y.address];
        const scratchBytes = ROWS_OF_CHUNK * panels * PANEL * 4;
        kernels.run("linearForward", Math.ceil(batch / ROWS_OF_CHUNK), args, scratchBytes);
      });
      return y.tensor;
    },
    (dy, saved) => {
      const gradient = (name: string, other: tf.Tensor, shape: readonly number[]) => {
        const d = kernels.output(shape);
        kernels.run(name, shares, [
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
        x: () => gradient("linearInputGradient", savedAt(saved, 1), [batch, inner]),
        weight: () => gradient("linearWeightGradient", savedAt(saved, 0), [out, inner]),
        bias: () => {
          const d = kernels.output([out]);
          kernels.run("columnSums", out, [kernels.addressOf(dy), batch, out, d.address]);
          return d.tensor;
        },
      };
    },
  );
}
