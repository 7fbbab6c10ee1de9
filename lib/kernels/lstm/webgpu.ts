/** The part of an LSTM that goes from frame to frame, on WebGPU: one program forward, two backward. */
import type * as tf from "@tensorflow/tfjs";
import { differentiable, recordsGradients, savedAt } from "../differentiable.ts";
import { addRows } from "../webgpu/block_sums.ts";
import type { WebGpuKernels } from "../webgpu/runtime.ts";
import { lstmBackward, lstmForward, MOST_UNITS } from "./webgpu_shaders.ts";

/** Threads of a workgroup of {@link addRows}. */
const ROW_THREADS = 64;

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
      const [dWeight, dBias] = [kernels.output(recurrentWeight.shape), kernels.output(bias.shape)];
      const added = { stride: row, chunks: batch };
      kernels.run(
        addRows(2),
        { sums, target0: dWeight, target1: dBias },
        {
          ...{ first0: 0, stride0: added.stride, chunks0: added.chunks, size0: weightSize },
          ...{ first1: weightSize, stride1: added.stride, chunks1: added.chunks, size1: 8 * units },
        },
        [Math.ceil(weightSize / ROW_THREADS), 2],
      );
      return { projected: () => dProjected, recurrentWeight: () => dWeight, bias: () => dBias };
    },
  );
}

type Five = [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
