/** {@link pooledFilters} on WebGPU: the composite, whose convolutions are the programs of the trained spectrogram. */
import * as tf from "@tensorflow/tfjs";
import { FORWARD_KEEPING, GRADIENT_SUM, GRADIENT_TERMS, TILE } from "../framed_power/webgpu_shaders.ts";
import type { WebGpuKernels } from "../webgpu/runtime.ts";
import { type Convolution, pooledFiltersBy } from "./composite.ts";
import type { PooledFiltersOperands } from "./types.ts";

/** Positions of a share of a gradient's sum: software adapters end programs of longer loops. */
const POSITIONS_OF_SHARE = 640;

export function pooledFiltersWebGpu(kernels: WebGpuKernels, operands: PooledFiltersOperands): tf.Tensor3D {
  return pooledFiltersBy(convolutionOf(kernels), operands);
}

/** Two rows of taps are the cosines and the sines of a bin, positions are frames, whose clips are padded already. */
function convolutionOf(kernels: WebGpuKernels): Convolution {
  return {
    apply(padded, taps, stride, positions) {
      const [[batch, samples], [rows, nFft]] = [padded.shape, taps.shape];
      const [wcos, wsin] = [halfOf(taps, 0), halfOf(taps, 1)];
      const bins = rows / 2;
      const all = batch * positions;
      const power = kernels.output([all, bins]);
      const spectrum = kernels.output([all, bins, 2]);
      const sizes = { rows: all, frames: positions, samples, hop: stride, pad: 0, nFft, bins, epsilon: 0 };
      const grid = [Math.ceil(bins / TILE.bins), Math.ceil(all / TILE.frames)] as const;
      kernels.run(FORWARD_KEEPING, { wave: padded, wcos, wsin, power, spectrum }, sizes, grid);
      return tf.reshape(spectrum, [batch, positions, rows]);
    },
    ofTaps(padded, dy, stride, nFft) {
      const [[batch, samples], [, positions, rows]] = [padded.shape, dy.shape];
      const bins = rows / 2;
      const all = batch * positions;
      const shares = Math.ceil(all / POSITIONS_OF_SHARE);
      const terms = kernels.output([shares, 2, bins, nFft]);
      // The program multiplies by twice a power's gradient.
      const dPower = tf.fill([all, bins], 0.5);
      const spectrum = tf.reshape(dy, [all, bins, 2]);
      const geometry = { rows: all, frames: positions, samples, hop: stride, pad: 0, nFft, bins };
      const grid = [Math.ceil(bins / TILE.bins) * Math.ceil(nFft / TILE.samples), shares] as const;
      const share = Math.ceil(all / shares);
      kernels.run(GRADIENT_TERMS, { wave: padded, spectrum, dPower, terms }, { ...geometry, share }, grid);
      const [dcos, dsin] = [
        kernels.output<tf.Tensor2D>([bins, nFft]),
        kernels.output<tf.Tensor2D>([bins, nFft]),
      ];
      const size = bins * nFft;
      kernels.run(GRADIENT_SUM, { terms, dcos, dsin }, { size, shares }, [Math.ceil(size / TILE.sums)]);
      return tf.reshape(tf.stack([dcos, dsin], 1), [rows, nFft]);
    },
  };
}

/** Every second row. */
function halfOf(taps: tf.Tensor2D, part: number): tf.Tensor {
  const [rows, length] = taps.shape;
  const pairs = tf.reshape(taps, [rows / 2, 2, length]);
  return tf.reshape(tf.slice(pairs, [0, part, 0], [rows / 2, 1, length]), [rows / 2, length]);
}
