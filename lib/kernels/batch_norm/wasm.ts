/** Batch normalisation with optional relu on WebAssembly, and what blocks share with it: see `wasm.as.ts`. */
import * as tf from "@tensorflow/tfjs";
import { COMPILED } from "./compiled.ts";
import { type BatchNormState, EPSILON, MOMENTUM } from "./types.ts";
import { differentiable, savedAt } from "../operation/differentiable.ts";
import { countFrames } from "../operation/valid_frames.ts";
import { sharesOf, writeFrames } from "../wasm/clips.ts";
import type { WasmKernels } from "../wasm/runtime.ts";

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
  /** Values of a row and channel over which statistics are taken: clips times frames that count. */
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
  epsilon = EPSILON,
): void {
  const { groups, channels, shares } = sizes;
  const weight = state.affine === undefined ? 0 : kernels.addressOf(state.affine.weight);
  const bias = state.affine === undefined ? 0 : kernels.addressOf(state.affine.bias);
  if (!training) {
    const [mean, variance] = [kernels.addressOf(state.runningMean), kernels.addressOf(state.runningVar)];
    kernels.run(COMPILED.normFixed, 1, [groups, channels, weight, bias, mean, variance, epsilon, table]);
    return;
  }
  // deno-fmt-ignore
  kernels.run(COMPILED.normFinish, 1, [
    sums, shares, groups, channels, sizes.heights, sizes.places, weight, bias,
    ownAddress(kernels, state.runningMean), ownAddress(kernels, state.runningVar), MOMENTUM, epsilon, table,
  ]);
}

/** For a change in place: a variable that shares its values with other tensors gets some of its own first. */
function ownAddress(kernels: WasmKernels, variable: tf.Variable): number {
  if (!kernels.ownsValues(variable)) tf.tidy(() => variable.assign(tf.add(variable, 0)));
  return kernels.addressToChange(variable);
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
  kernels.run(COMPILED.normBackFinish, 1, [
    sums, shares, groups, channels, sizes.heights, sizes.places, table, coefficients, weight.address, bias.address,
  ]);
  return { weight: weight.tensor, bias: bias.tensor };
}

/**
 * Batch normalisation over all rows, then relu if wanted. In training its gradient is that of batch statistics;
 * otherwise there is none.
 *
 * @param x `[B, F, T, C]`, C from 4.
 */
export function normReluWasm(
  kernels: WasmKernels,
  x: tf.Tensor4D,
  state: BatchNormState,
  options: {
    readonly training: boolean;
    readonly relu: boolean;
    readonly validFrames?: Int32Array | undefined;
    readonly epsilon?: number | undefined;
  },
): tf.Tensor4D {
  const [batch, rows, frames, channels] = x.shape;
  const { training, validFrames, epsilon } = options;
  const shares = sharesOf(batch);
  const slope = options.relu ? 0 : 1;
  const prepare = (at: Readonly<Record<"heights" | "lengths", number>>): NormSizes => {
    kernels.writeIntegers(at.heights, [rows]);
    writeFrames(kernels, at.lengths, validFrames, batch, frames);
    const places = countFrames(validFrames, batch, frames);
    return { heights: at.heights, groups: 1, channels, shares, places };
  };
  const pieces = { heights: 1, lengths: batch, sums: sumFloats(shares, 1, channels) };
  return differentiable<Record<string, tf.Tensor>, tf.Tensor4D>(
    { x, ...state.affine },
    (save) => {
      const table = kernels.output([4, channels]);
      const y = kernels.output<tf.Tensor4D>(x.shape);
      const source = kernels.addressOf(x);
      kernels.borrowPieces(pieces, (at) => {
        const sizes = prepare(at);
        if (training) {
          const args = [source, batch, shares, rows, frames, at.lengths, channels, at.sums];
          kernels.run(COMPILED.normSums, shares, args);
        }
        writeNormTable(kernels, state, sizes, at.sums, table.address, training, epsilon);
        const args = [source, rows, frames, at.lengths, channels, table.address, slope, y.address];
        kernels.run(COMPILED.normRelu, batch, args);
      });
      save(x, table.tensor);
      return y.tensor;
    },
    (dy, saved) => {
      const [source, table] = [kernels.addressOf(savedAt(saved, 0)), kernels.addressOf(savedAt(saved, 1))];
      const dx = kernels.output(x.shape);
      const d = kernels.addressOf(dy);
      const { weight, bias } = kernels.borrowPieces({ ...pieces, coefficients: 3 * channels }, (at) => {
        const sizes = prepare(at);
        // deno-fmt-ignore
        kernels.run(COMPILED.normReluBackSums, shares, [
          d, source, batch, shares, rows, frames, at.lengths, channels, table, slope, at.sums,
        ]);
        const gradients = finishNormBackward(kernels, sizes, at.sums, table, at.coefficients);
        // deno-fmt-ignore
        kernels.run(COMPILED.normReluBack, batch, [
          d, source, rows, frames, at.lengths, channels, table, at.coefficients, slope, dx.address,
        ]);
        return gradients;
      });
      return { x: () => dx.tensor, weight: () => weight, bias: () => bias };
    },
  );
}

/**
 * @param x `[B, F, T, C]`, C from 4. @param validFrames Frames of each clip that count; undefined: all.
 * @returns Sums over all but the last axis.
 */
export function channelSums(
  kernels: WasmKernels,
  x: tf.Tensor4D,
  validFrames: Int32Array | undefined,
): tf.Tensor {
  const [batch, rows, frames, channels] = x.shape;
  const shares = sharesOf(batch);
  const out = kernels.output([channels]);
  kernels.borrowPieces({ lengths: batch, sums: sumFloats(shares, 1, channels) }, (at) => {
    writeFrames(kernels, at.lengths, validFrames, batch, frames);
    const args = [kernels.addressOf(x), batch, shares, rows, frames, at.lengths, channels, at.sums];
    kernels.run(COMPILED.normSums, shares, args);
    kernels.run(COMPILED.channelSums, 1, [at.sums, shares, channels, out.address]);
  });
  return out.tensor;
}
