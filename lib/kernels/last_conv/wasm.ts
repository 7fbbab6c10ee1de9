/** {@link lastConv} on WebAssembly: see `wasm.as.ts`. */
import type * as tf from "@tensorflow/tfjs";
import { addTapShares, transposeMatrix } from "../matrices/wasm.ts";
import { differentiable, savedAt } from "../operation/differentiable.ts";
import { channelSums } from "../batch_norm/wasm.ts";
import { sharesOf, writeFrames } from "../wasm/clips.ts";
import type { WasmKernels } from "../wasm/runtime.ts";
import { COMPILED } from "./compiled.ts";

/** Undefined if there are fewer than four channels, or the clip is shorter than the kernel. */
export function lastConvWasm(
  kernels: WasmKernels,
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
  bias: tf.Tensor1D,
  validFrames?: Int32Array,
): tf.Tensor4D | undefined {
  const [batch, rows, frames, channels] = x.shape;
  const width = weight.shape[3];
  if (channels < 4 || frames < width) return undefined;
  const [size, shares] = [rows * width, sharesOf(batch)];
  return differentiable<Record<string, tf.Tensor>, tf.Tensor4D>(
    { x, weight, bias },
    (save) => {
      const y = kernels.output<tf.Tensor4D>([batch, 1, frames, channels]);
      kernels.borrowPieces({ taps: size * channels, lengths: batch }, (at) => {
        writeFrames(kernels, at.lengths, validFrames, batch, frames);
        transposeMatrix(kernels, weight, channels, size, at.taps);
        const [source, offset] = [kernels.addressOf(x), kernels.addressOf(bias)];
        const args = [source, rows, frames, at.lengths, channels, width, at.taps, offset, y.address];
        kernels.run(COMPILED.lastConv, batch, args);
      });
      save(x, weight);
      return y.tensor;
    },
    (dy, saved) => {
      const [dx, dw] = [kernels.output(x.shape), kernels.output(weight.shape)];
      const pieces = { taps: size * channels, sums: shares * size * channels, lengths: batch };
      kernels.borrowPieces(pieces, (at) => {
        writeFrames(kernels, at.lengths, validFrames, batch, frames);
        transposeMatrix(kernels, savedAt(saved, 1), channels, size, at.taps);
        // deno-fmt-ignore
        kernels.run(COMPILED.lastConvBack, shares, [
          kernels.addressOf(dy), kernels.addressOf(savedAt(saved, 0)), batch, shares, rows, frames, at.lengths, channels,
          width, at.taps, dx.address, at.sums,
        ]);
        addTapShares(kernels, at.sums, shares, size, channels, dw.address);
      });
      return {
        x: () => dx.tensor,
        weight: () => dw.tensor,
        bias: () => channelSums(kernels, dy, validFrames),
      };
    },
  );
}
