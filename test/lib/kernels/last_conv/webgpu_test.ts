/** The last convolution in WGSL against its composite on cpu. */
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../../lib/base/random.ts";
import { lastConv } from "../../../../lib/kernels/last_conv/op.ts";
import { type Arrays, assertKernelsEqualComposites, read, webGpuTest } from "../webgpu/harness.ts";

const cases: { readonly shape: [number, number, number, number]; readonly width: number }[] = [
  { shape: [2, 5, 101, 20], width: 5 },
  { shape: [3, 16, 9, 7], width: 5 },
  { shape: [1, 1, 1, 1], width: 1 },
  { shape: [2, 2, 3, 1], width: 7 },
];

for (const { shape, width } of cases) {
  webGpuTest(
    `lastConv() equals its composite for [${shape}] and ${width} frames`,
    () => assertKernelsEqualComposites(() => outputAndGradients(shape, width)),
  );
}

async function outputAndGradients(
  [batch, rows, frames, channels]: readonly [number, number, number, number],
  width: number,
): Promise<Arrays> {
  const rng = Rng.fromSeed("last");
  const normal = (name: string, shape: number[]) => {
    const own = rng.fork(name);
    return tf.tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => own.normal()),
      shape,
    );
  };
  const inputs = [
    normal("x", [batch, rows, frames, channels]),
    normal("weight", [channels, 1, rows, width]),
    normal("bias", [channels]),
  ];
  const apply = (x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) =>
    lastConv(x as tf.Tensor4D, weight as tf.Tensor4D, bias as tf.Tensor1D);
  const y = tf.tidy(() => apply(inputs[0]!, inputs[1]!, inputs[2]!));
  const weights = normal("weights", y.shape);
  const [dx, dWeight, dBias] = tf.tidy(() =>
    tf.grads((x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) =>
      tf.sum(tf.mul(apply(x, weight, bias), weights))
    )(inputs)
  ) as [tf.Tensor, tf.Tensor, tf.Tensor];
  tf.dispose([...inputs, weights]);
  return await read({ y, dx, dWeight, dBias });
}
