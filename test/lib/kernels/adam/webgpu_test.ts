/** Adam's step in WGSL against its composite on cpu. */
import * as tf from "@tensorflow/tfjs";
import { assertEquals } from "@std/assert";
import { Rng } from "../../../../lib/base/random.ts";
import { adam } from "../../../../lib/kernels/adam/op.ts";
import {
  type Arrays,
  assertKernelsEqualComposites,
  read,
  webGpuTest,
  withKernels,
} from "../webgpu/harness.ts";

const SIZES = [1, 257, 256, 3, 1000];

webGpuTest(
  "adam() equals its composite over three steps, an odd number of parameters",
  () => assertKernelsEqualComposites(threeSteps),
);

webGpuTest(
  "adam() leaves other tensors with the parameter's values as they were",
  () =>
    withKernels(async () => {
      const start = tf.tensor1d([1, 2, 3]);
      const parameter = tf.variable(start, true);
      const [average, squareAverage] = [zeros(3), zeros(3)];
      const gradient = tf.tensor1d([1, -4, 1]);
      assertEquals([...await parameter.data()], [1, 2, 3]); // what was read before must not be read again
      const settings = { weightDecay: 0, betas: [0.5, 0.75], eps: 1e-30, rate: 0.5, step: 1 } as const;
      adam([{ parameter, average, squareAverage, gradient, ...settings }]);
      // In the first step the corrected averages are g and g^2, so each value moves by the rate.
      const moved = [...await parameter.data()].map((value) => Math.round(value * 1e5) / 1e5);
      assertEquals(moved, [0.5, 2.5, 2.5]);
      assertEquals([...await average.data()], [0.5, -2, 0.5]);
      assertEquals([...await squareAverage.data()], [0.25, 4, 0.25]);
      assertEquals([...await start.data()], [1, 2, 3]);
      tf.dispose([start, parameter, average, squareAverage, gradient]);
    }),
);

async function threeSteps(): Promise<Arrays> {
  const rng = Rng.fromSeed("adam");
  const normal = (name: string, size: number) => {
    const own = rng.fork(name);
    return tf.tensor1d(Float32Array.from({ length: size }, () => own.normal()));
  };
  const variables = SIZES.map((size) => ({
    parameter: tf.tidy(() => tf.variable(normal(`parameter ${size}`, size), true)),
    average: zeros(size),
    squareAverage: zeros(size),
  }));
  for (let step = 1; step <= 3; step++) {
    const gradients = SIZES.map((size) => normal(`gradient ${size} ${step}`, size));
    adam(variables.map((own, i) => ({
      ...own,
      gradient: gradients[i]!,
      weightDecay: i === 0 ? 0 : 0.01,
      betas: [0.9, 0.999],
      eps: 1e-8,
      rate: 0.1 * (i + 1),
      step,
    })));
    tf.dispose(gradients);
  }
  return await read(Object.fromEntries(
    variables.flatMap((own, i) => Object.entries(own).map(([name, variable]) => [`${name} ${i}`, variable])),
  ));
}

function zeros(size: number): tf.Variable {
  return tf.tidy(() => tf.variable(tf.zeros([size]), false));
}
