/** {@link inputConv} on WebAssembly: see `wasm.as.ts`. */
import type * as tf from "@tensorflow/tfjs";
import { addTapShares, packTransposed, transposeMatrix } from "../matrices/wasm.ts";
import { differentiable, savedAt } from "../operation/differentiable.ts";
import { channelSums } from "../batch_norm/wasm.ts";
import { sharesOf, writeFrames } from "../wasm/clips.ts";
import type { WasmKernels } from "../wasm/runtime.ts";
import { COMPILED } from "./compiled.ts";

const TAPS = 25;
const PANEL = 8;

/** Undefined if the number of channels is no multiple of eight. */
export function inputConvWasm(
  kernels: WasmKernels,
  x: tf.Tensor3D,
  weight: tf.Tensor4D,
  bias: tf.Tensor1D,
  validFrames?: Int32Array,
): tf.Tensor4D | undefined {
  const [batch, bands, frames] = x.shape;
  const [channels] = weight.shape;
  if (channels % PANEL !== 0) return undefined;
  const [rows, shares] = [Math.ceil(bands / 2), sharesOf(batch)];
  const imageFloats = (2 * rows + 4) * (frames + 4);
  return differentiable<Record<string, tf.Tensor>, tf.Tensor4D>(
    { x, weight, bias },
    (save) => {
      const y = kernels.output<tf.Tensor4D>([batch, rows, frames, channels]);
      kernels.borrowPieces({ packed: channels * TAPS, lengths: batch }, (at) => {
        writeFrames(kernels, at.lengths, validFrames, batch, frames);
        packTransposed(kernels, weight, channels, TAPS, at.packed);
        const [source, offset] = [kernels.addressOf(x), kernels.addressOf(bias)];
        const args = [source, bands, frames, at.lengths, rows, channels, at.packed, offset, y.address];
        kernels.run(COMPILED.inputConv, batch, args, (imageFloats + TAPS * frames) * 4);
      });
      save(x, weight);
      return y.tensor;
    },
    (dy, saved) => {
      const d = kernels.addressOf(dy);
      return {
        x: () => {
          const dx = kernels.output([batch, bands, frames]);
          kernels.borrowPieces({ taps: TAPS * channels, lengths: batch }, (at) => {
            writeFrames(kernels, at.lengths, validFrames, batch, frames);
            transposeMatrix(kernels, savedAt(saved, 1), channels, TAPS, at.taps);
            const wide = Math.ceil(frames / PANEL) * PANEL;
            const scratchFloats = bands * wide + TAPS * (wide + PANEL) + channels * wide;
            const args = [d, bands, frames, at.lengths, rows, channels, at.taps, dx.address];
            kernels.run(COMPILED.inputConvInputGradient, batch, args, scratchFloats * 4);
          });
          return dx.tensor;
        },
        weight: () => {
          const dw = kernels.output([channels, 1, 5, 5]);
          kernels.borrowPieces({ sums: shares * TAPS * channels, lengths: batch }, (at) => {
            writeFrames(kernels, at.lengths, validFrames, batch, frames);
            const source = kernels.addressOf(savedAt(saved, 0));
            const args = [source, d, batch, shares, bands, frames, at.lengths, rows, channels, at.sums];
            kernels.run(COMPILED.inputConvWeightSums, shares, args, (imageFloats + TAPS * frames) * 4);
            addTapShares(kernels, at.sums, shares, TAPS, channels, dw.address);
          });
          return dw.tensor;
        },
        bias: () => channelSums(kernels, dy, validFrames),
      };
    },
  );
}
