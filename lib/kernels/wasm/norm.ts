/** Batch normalisation with optional relu on WebAssembly, and what blocks share with it: see `assembly/norm.ts`. */
import type * as tf from "@tensorflow/tfjs";
import { type BatchNormState, EPSILON, MOMENTUM } from "../batch_norm/types.ts";
import { differentiable, savedAt } from "../differentiable.ts";
import type { WasmKernels } from "./runtime.ts";

const MOST_SHARES = 8;

/** Partial sums over the batch: their number does not depend on that of threads, so results do not either. */
export function sharesOf(batch: number): number {
  return Math.min(MOST_SHARES, batch);
}

/** A batch's partial sums take two float64 for each channel and group, for each share. */
export function sumFloats(shares: number, groups: number, channels: number): number {
  return shares * 2 * groups * channels * 2;
}

export interface NormSizes {
  /** Rows of each group, at this address as int32. */
  readonly heights: number;
  readonly groups: number;
  readonly channels: number;
  /** Of the batch. */
  readonly shares: number;
  /** Values of a row and channel over which statistics are taken: batch times frames. */
  readonly places: number;
}

/** Writes the table of a normalisation and, in training, moves the running statistics. */
export function writeNormTable(
  kernels: WasmKernels,
  state: BatchNormState,
  sizes: NormSizes,
  sums: number,
  table: number,
  training: boolean,
): void {
  const { groups, channels, shares } = sizes;
  const weight = state.affine === undefined ? 0 : kernels.addressOf(state.affine.weight);
  const bias = state.affine === undefined ? 0 : kernels.addressOf(state.affine.bias);
  const [mean, variance] = [kernels.addressOf(state.runningMean), kernels.addressOf(state.runningVar)];
  if (!training) {
    kernels.run("normFixed", 1, [groups, channels, weight, bias, mean, variance, EPSILON, table]);
    return;
  }
  const next = [0, 1].map(() => kernels.output<tf.Tensor1D>([groups * channels]));
  // deno-fmt-ignore
  kernels.run("normFinish", 1, [
    sums, shares, groups, channels, sizes.heights, sizes.places, weight, bias, mean, variance, next[0]!.address,
    next[1]!.address, MOMENTUM, EPSILON, table,
  ]);
  for (const [i, running] of [state.runningMean, state.runningVar].entries()) {
    running.assign(next[i]!.tensor);
    next[i]!.tensor.dispose();
  }
}

/** Coefficients of the backward pass, and the gradients of weight and bias. */
export function finishNormBackward(
  kernels: WasmKernels,
  sizes: NormSizes,
  sums: number,
  table: number,
  coefficients: number,
): { readonly weight: tf.Tensor; readonly bias: tf.Tensor } {
  const { groups, channels, shares } = sizes;
  const [weight, bias] = [kernels.output([groups * channels]), kernels.output([groups * channels])];
  // deno-fmt-ignore
  kernels.run("normBackFinish", 1, [
    sums, shares, groups, channels, sizes.heights, sizes.places, table, coefficients, weight.address, bias.address,
  ]);
  return { weight: weight.tensor, bias: bias.tensor };
}

/**
 * Batch normalisation over all rows, then relu if wanted. In training its gradient is that of batch statistics;
 * otherwise there is none.
 *
 * @param x `[B, F, T, C]`, C a multiple of 4.
 */
export function normReluWasm(
  kernels: WasmKernels,
  x: tf.Tensor4D,
  state: BatchNormState,
  options: { readonly training: boolean; readonly relu: boolean },
): tf.Tensor4D {
  const [batch, rows, frames, channels] = x.shape;
  const { training } = options;
  const shares = sharesOf(batch);
  const [places, slope] = [rows * frames, options.relu ? 0 : 1];
  const sizesAt = (heights: number): NormSizes => {
    kernels.writeIntegers(heights, [rows]);
    return { heights, groups: 1, channels, shares, places: batch * frames };
  };
  return differentiable<Record<string, tf.Tensor>, tf.Tensor4D>(
    { x, ...state.affine },
    (save) => {
      const table = kernels.output([4, channels]);
      const y = kernels.output<tf.Tensor4D>(x.shape);
      const source = kernels.addressOf(x);
      kernels.borrowPieces({ heights: 1, sums: sumFloats(shares, 1, channels) }, (at) => {
        if (training) {
          kernels.run("normSums", shares, [source, batch, shares, places, channels, at.sums]);
        }
        writeNormTable(kernels, state, sizesAt(at.heights), at.sums, table.address, training);
      });
      kernels.run("normRelu", batch, [source, places, channels, table.address, slope, y.address]);
      save(x, table.tensor);
      return y.tensor;
    },
    (dy, saved) => {
      const [source, table] = [kernels.addressOf(savedAt(saved, 0)), kernels.addressOf(savedAt(saved, 1))];
      const dx = kernels.output(x.shape);
      const d = kernels.addressOf(dy);
      const pieces = { heights: 1, sums: sumFloats(shares, 1, channels), coefficients: 3 * channels };
      const { weight, bias } = kernels.borrowPieces(pieces, (at) => {
        // deno-fmt-ignore
        kernels.run("normReluBackSums", shares, [
          d, source, batch, shares, places, channels, table, slope, at.sums,
        ]);
        const gradients = finishNormBackward(
          kernels,
          sizesAt(at.heights),
          at.sums,
          table,
          at.coefficients,
        );
        kernels.run("normReluBack", batch, [
          d,
          source,
          places,
          channels,
          table,
          at.coefficients,
          slope,
          dx.address,
        ]);
        return gradients;
      });
      return { x: () => dx.tensor, weight: () => weight, bias: () => bias };
    },
  );
}

/** @param x `[batch, ..., channels]`, channels a multiple of 4. @returns Sums over all but the last axis. */
export function channelSums(kernels: WasmKernels, x: tf.Tensor, channels: number): tf.Tensor {
  const batch = x.shape[0]!;
  const shares = sharesOf(batch);
  const out = kernels.output([channels]);
  kernels.borrow(sumFloats(shares, 1, channels), (sums) => {
    const places = x.size / batch / channels;
    kernels.run("normSums", shares, [kernels.addressOf(x), batch, shares, places, channels, sums]);
    kernels.run("channelSums", 1, [sums, shares, channels, out.address]);
  });
  return out.tensor;
}
