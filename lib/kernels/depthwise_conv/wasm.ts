/** {@link depthwiseConv} on WebAssembly: see `wasm.as.ts`. */
import type * as tf from "@tensorflow/tfjs";
import { channelSums } from "../batch_norm/wasm.ts";
import { addTapShares, transposeMatrix } from "../matrices/wasm.ts";
import { differentiable, savedAt } from "../operation/differentiable.ts";
import { sharesOf } from "../wasm/clips.ts";
import type { WasmKernels } from "../wasm/runtime.ts";
import { COMPILED } from "./compiled.ts";
import type { DepthwiseConvOptions } from "./types.ts";

const LANES = 4;

/** Undefined if there are fewer channels than the kernels take at a time. */
export function depthwiseConvWasm(
  kernels: WasmKernels,
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
  bias: tf.Tensor1D | undefined,
  { strideF, strideT, dilationT }: Required<DepthwiseConvOptions>,
): tf.Tensor4D | undefined {
  const [batch, rows, frames, channels] = x.shape;
  const [, , height, width] = weight.shape;
  if (channels < LANES) return undefined;
  const [padF, padT] = [(height - 1) / 2, (width - 1) / 2 * dilationT];
  const [wideRows, wideFrames] = [rows + 2 * padF, frames + 2 * padT];
  const [outRows, outFrames] = [Math.ceil(rows / strideF), Math.ceil(frames / strideT)];
  const [size, shares] = [height * width, sharesOf(batch)];
  const scratchBytes = wideRows * wideFrames * channels * 4;
  return differentiable<Record<string, tf.Tensor>, tf.Tensor4D>(
    { x, weight, ...(bias && { bias }) },
    (save) => {
      save(x, weight);
      const y = kernels.output<tf.Tensor4D>([batch, outRows, outFrames, channels]);
      kernels.borrowPieces({ taps: size * channels }, ({ taps }) => {
        transposeMatrix(kernels, weight, channels, size, taps);
        const offset = bias === undefined ? 0 : kernels.addressOf(bias);
        // deno-fmt-ignore
        kernels.run(COMPILED.depthwiseConv, batch, [
          kernels.addressOf(x), rows, frames, 1, 1, padF, padT, wideRows, wideFrames, channels, taps, 0, height, width,
          dilationT, strideF, strideT, offset, outRows, outFrames, y.address,
        ], scratchBytes);
      });
      return y.tensor;
    },
    (dy, saved) => ({
      // The same convolution of the gradient, as far apart as it was taken, with the kernel turned round.
      x: () => {
        const dx = kernels.output(x.shape);
        kernels.borrowPieces({ taps: size * channels }, ({ taps }) => {
          transposeMatrix(kernels, savedAt(saved, 1), channels, size, taps);
          // deno-fmt-ignore
          kernels.run(COMPILED.depthwiseConv, batch, [
            kernels.addressOf(dy), outRows, outFrames, strideF, strideT, padF, padT, wideRows, wideFrames, channels,
            taps, 1, height, width, dilationT, 1, 1, 0, rows, frames, dx.address,
          ], scratchBytes);
        });
        return dx.tensor;
      },
      weight: () => {
        const dw = kernels.output(weight.shape);
        kernels.borrowPieces({ sums: shares * size * channels }, ({ sums }) => {
          // deno-fmt-ignore
          kernels.run(COMPILED.depthwiseConvWeightSums, shares, [
            kernels.addressOf(dy), kernels.addressOf(savedAt(saved, 0)), batch, shares, rows, frames, padF, padT,
            wideRows, wideFrames, channels, height, width, dilationT, strideF, strideT, outRows, outFrames, sums,
          ], scratchBytes);
          addTapShares(kernels, sums, shares, size, channels, dw.address);
        });
        return dw.tensor;
      },
      bias: () => channelSums(kernels, dy, undefined),
    }),
  );
}
