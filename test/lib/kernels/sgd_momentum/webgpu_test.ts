/** The optimizer's step in WGSL against its composite on cpu. */
import * as tf from "@tensorflow/tfjs";
import { assertEquals } from "@std/assert";
import { Rng } from "../../../../lib/base/random.ts";
import { sgdMomentum } from "../../../../lib/kernels/sgd_momentum/op.ts";
import {
  type Arrays,
  assertKernelsEqualComposites,
  read,
  webGpuTest,
  withKernels,
} from "../webgpu/harness.ts";

const SIZES = [1, 257, 256, 3, 1000];

webGpuTest(
  "sgdMomentum() equals its composite over three steps, an odd number of parameters",
  () => assertKernelsEqualComposites(() => threeSteps(0.9)),
);

webGpuTest(
  "sgdMomentum() without momentum equals its composite",
  () => assertKernelsEqualComposites(() => threeSteps(0)),
);

webGpuTest(
  "sgdMomentum() leaves other tensors with the parameter's values as they were",
  () =>
    withKernels(async () => {
      const start = tf.tensor1d([1, 2, 3]);
      const parameter = tf.variable(start, true);
      const [velocity, gradient] = [tf.variable(tf.tidy(() => tf.zeros([3])), false), tf.tensor1d([1, 1, 1])];
      assertEquals([...await parameter.data()], [1, 2, 3]); // what was read before must not be read again
      sgdMomentum([{ parameter, velocity, gradient, weightDecay: 0, momentum: 0.5, rate: 1 }]);
      assertEquals([...await parameter.data()], [0, 1, 2]);
      assertEquals([...await velocity.data()], [1, 1, 1]);
      assertEquals([...await start.data()], [1, 2, 3]);
      sgdMomentum([{ parameter, velocity, gradient, weightDecay: 0, momentum: 0.5, rate: 1 }]);
      assertEquals([...await parameter.data()], [-1.5, -0.5, 0.5]);
      tf.dispose([start, parameter, velocity, gradient]);
    }),
);

async function threeSteps(momentum: number): Promise<Arrays> {
  const rng = Rng.fromSeed("sgd");
  const normal = (name: string, size: number) => {
    const own = rng.fork(name);
    return tf.tensor1d(Float32Array.from({ length: size }, () => own.normal()));
  };
  const variables = SIZES.map((size) => {
    const [start, zeros] = [normal(`parameter ${size}`, size), tf.zeros([size])];
    const made = { parameter: tf.variable(start, true), velocity: tf.variable(zeros, false) };
    tf.dispose([start, zeros]);
    return made;
  });
  for (let step = 0; step < 3; step++) {
    const gradients = SIZES.map((size) => normal(`gradient ${size} ${step}`, size));
    sgdMomentum(
      variables.map(({ parameter, velocity }, i) => ({
        parameter,
        ...(momentum === 0 ? {} : { velocity }),
        gradient: gradients[i]!,
        weightDecay: i === 0 ? 0 : 0.01,
        momentum,
        rate: 0.1 * (i + 1),
      })),
    );
    tf.dispose(gradients);
  }
  return await read(Object.fromEntries(
    variables.flatMap((
      { parameter, velocity },
      i,
    ) => [[`parameter ${i}`, parameter], [`velocity ${i}`, velocity]]),
  ));
}
