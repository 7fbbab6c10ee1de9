/** What the table of operations does not show: special values, side effects, refused shapes, reused memory. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import { batchNorm } from "../../../lib/kernels/batch_norm/op.ts";
import { channelDropout, channelMask } from "../../../lib/kernels/channel_dropout/op.ts";
import { depthwiseTime } from "../../../lib/kernels/depthwise_time/op.ts";
import { framedPower } from "../../../lib/kernels/framed_power/op.ts";
import { linear } from "../../../lib/kernels/linear/op.ts";
import { asMatrix, matmul } from "../../../lib/kernels/standard/matmul.ts";
import { melLog } from "../../../lib/kernels/mel_log/op.ts";
import { softmaxCrossEntropy } from "../../../lib/kernels/softmax_cross_entropy/op.ts";
import { onEveryBackend, openForTest } from "../../support/backends.ts";
import { assertNear, tensorOf } from "./op_check.ts";
import { batchStatistics, dense } from "./reference.ts";

onEveryBackend("melLog() gives the floor on silence, -Infinity at zero and NaN below", async () => {
  const power = tf.tensor3d([[[0, 0], [1, 0], [0, 1]]]);
  const basis = tf.tensor2d([[-1e-10, -0.5]]);
  const y = melLog(power, basis);
  const [silence, zero, negative] = await y.data();
  assertAlmostEquals(silence!, Math.log(1e-10), 1e-4);
  assertEquals(zero, -Infinity);
  assert(Number.isNaN(negative));
  tf.dispose([power, basis, y]);
});

onEveryBackend(
  "batchNorm() moves the running statistics by a tenth, with the unbiased variance",
  async () => {
    const rng = Rng.fromSeed("running");
    const x = dense([3, 3, 4, 2], () => rng.normal() + 5);
    const groups = [2, 1];
    const runningMean = tf.variable(tf.fill([4], 2), false);
    const runningVar = tf.variable(tf.fill([4], 3), false);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const input = tensorOf(x) as tf.Tensor4D;
      batchNorm(input, { runningMean, runningVar }, { training: false, groups });
      batchNorm(input, { runningMean, runningVar }, { training: true, groups });
    });
    assertEquals(tf.memory().numTensors, before);
    const found = batchStatistics(x, groups);
    const means = Array.from(found.mean.values, (m) => 0.9 * 2 + 0.1 * m);
    const variances = Array.from(
      found.variance.values,
      (v, i) => 0.9 * 3 + 0.1 * v * found.counts[i]! / (found.counts[i]! - 1),
    );
    assertNear(await runningMean.data(), means, 1e-6, "running mean");
    assertNear(await runningVar.data(), variances, 1e-6, "running variance");
    tf.dispose([runningMean, runningVar]);
  },
);

onEveryBackend("matmul() reads the same memory in another shape as right operand", async () => {
  const values = Float32Array.from({ length: 24 }, (_, i) => i - 7);
  const flat = tf.tensor1d(values);
  for (const [rows, columns] of [[4, 6], [6, 4], [2, 12], [4, 6]] as const) {
    const y = tf.tidy(() => matmul(tf.ones([1, rows]), asMatrix(flat, rows, columns)));
    const wanted = Array.from(
      { length: columns },
      (_, c) => Array.from({ length: rows }, (_, r) => values[r * columns + c]!).reduce((a, b) => a + b),
    );
    assertEquals([...await y.data()], wanted, `as [${rows}, ${columns}]`);
    y.dispose();
  }
  flat.dispose();
});

Deno.test("matmul() sees values of its right operand that were changed in place", async () => {
  await openForTest("wasm");
  const b = tf.tensor2d([[1, 2], [3, 4]]);
  const product = () => tf.tidy(() => matmul(tf.ones([1, 2]), b)).data();
  assertEquals([...await product()], [4, 6]);
  const backend = tf.backend() as unknown as { typedArrayFromHeap(x: tf.TensorInfo): Float32Array };
  backend.typedArrayFromHeap(b)[0] = 10;
  assertEquals([...await product()], [13, 6]);
  b.dispose();
});

Deno.test("channelDropout() drops whole channels, scales the others and keeps the mean", async () => {
  await openForTest("cpu");
  const mask = channelMask(200, 50, 0.3, Rng.fromSeed(1));
  assertEquals(new Set(mask), new Set([0, Math.fround(1 / 0.7)]));
  assertAlmostEquals(mask.reduce((sum, v) => sum + v, 0) / mask.length, 1, 0.02);
  const x = tf.ones([4, 2, 3, 5]) as tf.Tensor4D;
  const rng = () => Rng.fromSeed("mask");
  const y = tf.tidy(() => channelDropout(x, 0.5, rng()));
  const expected = channelMask(4, 5, 0.5, rng());
  const values = await y.data();
  values.forEach((v, i) => assertEquals(v, expected[Math.floor(i / 30) * 5 + (i % 5)]));
  assertEquals(channelDropout(x, 0, rng()), x);
  tf.dispose([x, y]);
});

Deno.test("softmaxCrossEntropy() stays finite with large logits and shows logits that are not finite", async () => {
  await openForTest("cpu");
  const labels = tf.tensor1d([1], "int32");
  const loss = (logits: number[][]) =>
    tf.tidy(() => softmaxCrossEntropy(tf.tensor2d(logits), labels).dataSync()[0]!);
  assertAlmostEquals(loss([[1000, 0]]), 1000, 1e-3);
  assert(!Number.isFinite(loss([[NaN, 0]])));
  labels.dispose();
});

Deno.test("operations refuse wrong shapes with the operation, the operand and both shapes", async () => {
  await openForTest("cpu");
  tf.tidy(() => {
    const x4 = tf.ones([2, 1, 5, 4]) as tf.Tensor4D;
    assertThrows(
      () => linear(tf.ones([2, 3]), tf.ones([4, 5])),
      RangeError,
      "linear: x has shape [2, 3], wanted [any, 5]",
    );
    assertThrows(
      () => depthwiseTime(x4, tf.ones([3, 1, 1, 3]), 1),
      RangeError,
      "depthwiseTime: weight has shape [3, 1, 1, 3], wanted [4, 1, 1, 3]",
    );
    assertThrows(() => depthwiseTime(x4, tf.ones([4, 1, 1, 3]), 0), RangeError, "dilation is 0");
    assertThrows(
      () => melLog(tf.ones([1, 2, 3]), tf.ones([4, 5])),
      RangeError,
      "melLog: power has shape [1, 2, 3], wanted [any, any, 5]",
    );
    assertThrows(() => channelDropout(x4, 1, Rng.fromSeed(0)), RangeError, "rate is 1");
    assertThrows(
      () =>
        batchNorm(x4, { runningMean: tf.variable(tf.ones([4])), runningVar: tf.variable(tf.ones([4])) }, {
          training: true,
          groups: [2],
        }),
      RangeError,
      "do not fill 1 rows",
    );
    assertThrows(
      () =>
        framedPower(tf.ones([1, 4]), tf.ones([3, 1, 8]), tf.ones([3, 1, 8]), {
          hopSamples: 4,
          powerEpsilon: 0,
        }),
      RangeError,
      "Cannot cut 4 samples",
    );
    assertThrows(
      () => softmaxCrossEntropy(tf.ones([2, 3]), tf.ones([2])),
      RangeError,
      "labels are of type float32",
    );
  });
});
