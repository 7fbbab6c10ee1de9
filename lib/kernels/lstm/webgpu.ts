/** The part of an LSTM that goes from frame to frame, on WebGPU: one program forward, two backward. */
import type * as tf from "@tensorflow/tfjs";
import { differentiable, recordsGradients, savedAt } from "../operation/differentiable.ts";
import { addRows } from "../webgpu/add_rows.ts";
import type { WebGpuKernels } from "../webgpu/runtime.ts";
import { lstmBackward, lstmForward, MOST_UNITS } from "./webgpu_shaders.ts";

/** Undefined if a workgroup has too few threads for the gates. */
export function lstmRecurrenceWebGpu(
  kernels: WebGpuKernels,
  projected: tf.Tensor3D,
  recurrentWeight: tf.Tensor2D,
  bias: tf.Tensor1D,
  validFrames?: Int32Array,
): tf.Tensor3D | undefined {
  const [batch, frames] = projected.shape;
  const units = recurrentWeight.shape[1];
  const weightSize = 8 * units * units;
  const row = weightSize + 8 * units;
  if (units > MOST_UNITS || !kernels.fits(Math.max(projected.size, batch * row), 2 * batch)) return undefined;
  const keep = recordsGradients();
  const lengths = kernels.upload<tf.Tensor1D>(
    [batch],
    Float32Array.from(validFrames ?? new Int32Array(batch).fill(frames)),
  );
  return differentiable<Record<string, tf.Tensor>, tf.Tensor3D>(
    { projected, recurrentWeight, bias },
    (save) => {
      const y = kernels.output<tf.Tensor3D>([batch, frames, 2 * units]);
      const read = { projected, weight: recurrentWeight, bias, lengths, y };
      if (!keep) {
        kernels.run(lstmForward(units, false), read, { frames }, [2 * batch]);
        return y;
      }
      const [gates, cells] = [kernels.output(projected.shape), kernels.output(y.shape)];
      kernels.run(lstmForward(units, true), { ...read, gates, cells }, { frames }, [2 * batch]);
      save(recurrentWeight, gates, cells, y, lengths);
      return y;
    },
    (dy, saved) => {
      const [weight, gates, cells, y, counts] = [0, 1, 2, 3, 4].map((i) => savedAt(saved, i)) as Five;
      const dProjected = kernels.output(projected.shape);
      const sums = kernels.output([batch, row]);
      kernels.run(
        lstmBackward(units),
        { dy, y, gates, cells, weight, lengths: counts, dProjected, sums },
        { frames },
        [2 * batch],
      );
      const part = (shape: readonly number[], first: number) => ({
        shape,
        first,
        stride: row,
        chunks: batch,
      });
      const added = addRows(kernels, sums, {
        recurrentWeight: part(recurrentWeight.shape, 0),
        bias: part(bias.shape, weightSize),
      });
      return {
        projected: () => dProjected,
        recurrentWeight: () => added.recurrentWeight,
        bias: () => added.bias,
      };
    },
  );
}

type Five = [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
