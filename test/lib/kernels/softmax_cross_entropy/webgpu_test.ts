/** The loss in WGSL against its composite on cpu. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertAlmostEquals } from "@std/assert";
import { Rng } from "../../../../lib/base/random.ts";
import { softmaxCrossEntropy } from "../../../../lib/kernels/softmax_cross_entropy/op.ts";
import {
  type Arrays,
  assertKernelsEqualComposites,
  read,
  webGpuTest,
  withKernels,
} from "../webgpu/harness.ts";

for (const [batch, classes] of [[1, 2], [3, 5], [256, 2], [300, 12]] as const) {
  webGpuTest(
    `softmaxCrossEntropy() equals its composite for ${batch} clips and ${classes} classes`,
    () => assertKernelsEqualComposites(() => lossAndGradient(batch, classes)),
  );
}

webGpuTest(
  "softmaxCrossEntropy() is finite for far apart logits and not if one is not",
  () =>
    withKernels(async () => {
      assertAlmostEquals(await lossOf([1000, 0]), 1000, 1e-3);
      assertAlmostEquals(await lossOf([-1000, 1000]), 0, 1e-6);
      for (const bad of [NaN, Infinity, -Infinity]) {
        assert(!Number.isFinite(await lossOf([0, bad])));
        assert(!Number.isFinite(await lossOf([bad, 0])));
      }
    }),
);

async function lossOf(row: number[]): Promise<number> {
  const [logits, labels] = [tf.tensor2d([row]), tf.tensor1d([1], "int32")];
  const loss = tf.tidy(() => softmaxCrossEntropy(logits, labels));
  const [value] = await loss.data();
  tf.dispose([logits, labels, loss]);
  return value!;
}

async function lossAndGradient(batch: number, classes: number): Promise<Arrays> {
  const rng = Rng.fromSeed("loss");
  const values = Float32Array.from({ length: batch * classes }, () => 3 * rng.normal());
  const logits = tf.tensor2d(values, [batch, classes]);
  const labels = tf.tensor1d(Int32Array.from({ length: batch }, (_, i) => i % classes), "int32");
  const loss = tf.tidy(() => softmaxCrossEntropy(logits, labels));
  const [gradient] = tf.tidy(() =>
    tf.grads((x) => softmaxCrossEntropy(x as tf.Tensor2D, labels).mul(-2))([logits])
  ) as [
    tf.Tensor,
  ];
  tf.dispose([logits, labels]);
  return await read({ loss, gradient });
}
