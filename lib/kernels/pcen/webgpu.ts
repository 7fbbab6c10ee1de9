/** {@link pcen} on WebGPU: one program forward, two backward. */
import * as tf from "@tensorflow/tfjs";
import { differentiable, recordsGradients, savedAt } from "../operation/differentiable.ts";
import { addRows } from "../webgpu/add_rows.ts";
import type { WebGpuKernels } from "../webgpu/runtime.ts";
import { PARAMETERS, type PcenParameters } from "./types.ts";
import { PCEN_BACKWARD, pcenForward } from "./webgpu_shaders.ts";

/** Undefined if a batch is too large for one program. */
export function pcenWebGpu(
  kernels: WebGpuKernels,
  energy: tf.Tensor3D,
  parameters: PcenParameters,
  epsilon: number,
  validFrames?: Int32Array,
): tf.Tensor3D | undefined {
  const [batch, bands, frames] = energy.shape;
  if (!kernels.fits(energy.size, bands, batch)) return undefined;
  const keep = recordsGradients();
  const sizes = { bands, frames, epsilon };
  const all = tf.concat(PARAMETERS.map((name) => parameters[name]));
  const lengths = kernels.upload(
    [batch],
    Float32Array.from(validFrames ?? new Int32Array(batch).fill(frames)),
  );
  return differentiable<Record<string, tf.Tensor>, tf.Tensor3D>(
    { energy, ...parameters },
    (save) => {
      const y = kernels.output<tf.Tensor3D>(energy.shape);
      const mean = keep ? kernels.output(energy.shape) : undefined;
      const buffers = { energy, parameters: all, lengths, y, ...(mean && { mean }) };
      kernels.run(pcenForward(keep), buffers, sizes, [bands, batch]);
      if (mean !== undefined) save(energy, mean, all, lengths);
      return y;
    },
    (dy, saved) => {
      const dEnergy = kernels.output(energy.shape);
      const sums = kernels.output([batch, PARAMETERS.length, bands]);
      const kept = {
        energy: savedAt(saved, 0),
        mean: savedAt(saved, 1),
        parameters: savedAt(saved, 2),
        lengths: savedAt(saved, 3),
      };
      kernels.run(PCEN_BACKWARD, { dy, ...kept, dEnergy, sums }, sizes, [bands, batch]);
      const part = (place: number) => ({
        shape: [bands],
        first: place * bands,
        stride: PARAMETERS.length * bands,
        chunks: batch,
      });
      const added = addRows(kernels, sums, {
        gain: part(0),
        bias: part(1),
        power: part(2),
        smoothing: part(3),
      });
      return {
        energy: () => dEnergy,
        gain: () => added.gain,
        bias: () => added.bias,
        power: () => added.power,
        smoothing: () => added.smoothing,
      };
    },
  );
}
