/** {@link framedPower} on WebGPU: a product of matrices whose left one, the frames, is read straight from the wave. */
import type * as tf from "@tensorflow/tfjs";
import { differentiable, recordsGradients, savedAt } from "../operation/differentiable.ts";
import type { WebGpuKernels } from "../webgpu/runtime.ts";
import type { FramedPowerSizes } from "./types.ts";
import { FORWARD, FORWARD_KEEPING, GRADIENT_SUM, GRADIENT_TERMS, TILE } from "./webgpu_shaders.ts";

/** A gradient's sum over frames is split into at most so many, added in this order: the same bytes in each run. */
const MOST_SHARES = 16;
/** Frames that are worth a share. */
const FRAMES_OF_SHARE = 256;

export function framedPowerWebGpu(
  kernels: WebGpuKernels,
  wave: tf.Tensor2D,
  wcos: tf.Tensor3D,
  wsin: tf.Tensor3D,
  sizes: FramedPowerSizes,
  powerEpsilon: number,
): tf.Tensor3D | undefined {
  const { batch, samples, frames, bins, nFft, hopSamples, pad } = sizes;
  const rows = batch * frames;
  const shares = Math.max(1, Math.min(MOST_SHARES, Math.ceil(rows / FRAMES_OF_SHARE)));
  const largest = Math.max(rows * bins * 2, batch * samples, shares * 2 * bins * nFft);
  if (!kernels.fits(largest, Math.ceil(rows / TILE.frames), Math.ceil(bins * nFft / TILE.sums))) {
    return undefined;
  }
  const geometry = { rows, frames, samples, hop: hopSamples, pad, nFft, bins };
  const binTiles = Math.ceil(bins / TILE.bins);
  const keep = recordsGradients();
  return differentiable(
    { wcos, wsin },
    (save) => {
      const power = kernels.output<tf.Tensor3D>([batch, frames, bins]);
      const grid = [binTiles, Math.ceil(rows / TILE.frames)] as const;
      const given = { ...geometry, epsilon: powerEpsilon };
      if (!keep) {
        kernels.run(FORWARD, { wave, wcos, wsin, power }, given, grid);
        return power;
      }
      const spectrum = kernels.output([rows, bins, 2]);
      kernels.run(FORWARD_KEEPING, { wave, wcos, wsin, power, spectrum }, given, grid);
      save(wave, spectrum);
      return power;
    },
    (dPower, saved) => {
      const terms = kernels.output([shares, 2, bins, nFft]);
      const share = Math.ceil(rows / shares);
      kernels.run(
        GRADIENT_TERMS,
        { wave: savedAt(saved, 0), spectrum: savedAt(saved, 1), dPower, terms },
        { ...geometry, share },
        [binTiles * Math.ceil(nFft / TILE.samples), shares],
      );
      const [dcos, dsin] = [kernels.output(wcos.shape), kernels.output(wsin.shape)];
      const size = bins * nFft;
      kernels.run(GRADIENT_SUM, { terms, dcos, dsin }, { size, shares }, [Math.ceil(size / TILE.sums)]);
      return { wcos: () => dcos, wsin: () => dsin };
    },
  );
}
