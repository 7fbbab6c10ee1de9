/** {@link softmaxCrossEntropy} on WebGPU: loss and gradient in one program. */
import * as tf from "@tensorflow/tfjs";
import { differentiable, savedAt } from "../operation/differentiable.ts";
import type { WebGpuKernels } from "../webgpu/runtime.ts";
import type { Shader } from "../webgpu/shader.ts";

const THREADS = 256;

export function softmaxCrossEntropyWebGpu(
  kernels: WebGpuKernels,
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
): tf.Scalar | undefined {
  const [batch, classes] = logits.shape;
  if (!kernels.fits(batch * classes)) return undefined;
  return differentiable(
    { logits },
    (save) => {
      const loss = kernels.output<tf.Scalar>([]);
      const gradient = kernels.output(logits.shape);
      kernels.run(CROSS_ENTROPY, { logits, labels, loss, gradient }, { batch, classes, nan: NaN }, [1]);
      save(gradient);
      return loss;
    },
    (dy, saved) => ({ logits: () => tf.mul(savedAt(saved, 0), dy) }),
  );
}

/**
 * One workgroup, a clip for each thread at a time. A device may compute as if numbers were always finite, so that one
 * which is not is found by its bits and handed on as a NaN that comes from outside.
 */
export const CROSS_ENTROPY: Shader<"logits" | "labels" | "loss" | "gradient", "batch" | "classes" | "nan"> = {
  key: "softmaxCrossEntropy",
  buffers: { logits: "read", labels: "read i32", loss: "write", gradient: "write" },
  sizes: { batch: "u32", classes: "u32", nan: "f32" },
  code: () => `
var<workgroup> sums: array<f32, ${THREADS}>;
var<workgroup> marks: array<f32, ${THREADS}>;

@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) thread: u32) {
  var total = 0.0;
  var mark = 0.0;
  for (var clip = thread; clip < sizes.batch; clip += ${THREADS}u) {
    let row = clip * sizes.classes;
    var largest = logits[row];
    for (var i = 0u; i < sizes.classes; i++) {
      let v = logits[row + i];
      if ((bitcast<u32>(v) & 0x7f800000u) == 0x7f800000u) { mark = 1.0; }
      largest = max(largest, v);
    }
    var sum = 0.0;
    for (var i = 0u; i < sizes.classes; i++) { sum += exp(logits[row + i] - largest); }
    let logSum = log(sum);
    let label = u32(labels[clip]);
    for (var i = 0u; i < sizes.classes; i++) {
      let share = exp(logits[row + i] - largest - logSum);
      gradient[row + i] = (share - select(0.0, 1.0, i == label)) / f32(sizes.batch);
    }
    total += (logSum - (logits[row + label] - largest)) / f32(sizes.batch);
  }
  sums[thread] = total;
  marks[thread] = mark;
  workgroupBarrier();
  for (var half = ${THREADS / 2}u; half > 0u; half /= 2u) {
    if (thread < half) {
      sums[thread] += sums[thread + half];
      marks[thread] = max(marks[thread], marks[thread + half]);
    }
    workgroupBarrier();
  }
  if (thread == 0u) { loss[0] = select(sums[0], sizes.nan, marks[0] > 0.0); }
}`,
};
