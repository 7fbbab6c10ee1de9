/** {@link ctcLoss} on WebGPU: loss and gradient of all clips in one program, their sum in another. */
import * as tf from "@tensorflow/tfjs";
import { differentiable, recordsGradients, savedAt } from "../operation/differentiable.ts";
import type { WebGpuKernels } from "../webgpu/runtime.ts";
import type { CtcTargets } from "./types.ts";
import { CTC_CLIPS, CTC_SUM, MOST_CLASSES, MOST_STATES } from "./webgpu_shaders.ts";

/** Undefined if a clip has too many labels, or there are too many classes. */
export function ctcLossWebGpu(
  kernels: WebGpuKernels,
  logits: tf.Tensor3D,
  { labels, labelLengths, frames }: CtcTargets,
): tf.Scalar | undefined {
  const [batch, length, classes] = logits.shape;
  const states = 2 * labelLengths.reduce((most, count) => Math.max(most, count), 0) + 1;
  if (
    states > MOST_STATES || classes > MOST_CLASSES ||
    !kernels.fits(Math.max(logits.size, batch * length * states), batch)
  ) {
    return undefined;
  }
  const wanted = recordsGradients();
  return differentiable<Record<string, tf.Tensor>, tf.Scalar>(
    { logits },
    (save) => {
      const most = labels.length / batch;
      const numbers = tf.tensor1d(Int32Array.of(...labelLengths, ...frames, ...labels), "int32");
      const [alpha, losses] = [kernels.output([batch, length, states]), kernels.output([batch])];
      const gradient = kernels.output(logits.shape);
      const sizes = { batch, frames: length, classes, most, states, wanted: Number(wanted) };
      const limits = { nan: NaN, infinity: Infinity };
      kernels.run(CTC_CLIPS, { logits, numbers, alpha, gradient, losses }, { ...sizes, ...limits }, [batch]);
      const loss = kernels.output<tf.Scalar>([]);
      kernels.run(CTC_SUM, { losses, loss }, { batch, ...limits }, [1]);
      tf.dispose([numbers, alpha, losses]);
      if (wanted) save(gradient);
      else gradient.dispose();
      return loss;
    },
    (dy, saved) => ({ logits: () => tf.mul(savedAt(saved, 0), dy) }),
  );
}
