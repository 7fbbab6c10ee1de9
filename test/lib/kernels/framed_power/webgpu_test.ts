/** The power spectrogram in WGSL against its composite on cpu. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { dftBasis } from "../../../../lib/audio/dft_basis.ts";
import { Rng } from "../../../../lib/base/random.ts";
import { framedPower } from "../../../../lib/kernels/framed_power/op.ts";
import {
  type Arrays,
  assertKernelsEqualComposites,
  read,
  webGpuTest,
  withKernels,
} from "../webgpu/harness.ts";

interface PowerCase {
  readonly batch: number;
  readonly samples: number;
  readonly bins: number;
  readonly nFft: number;
  readonly hop: number;
}

const cases: PowerCase[] = [
  { batch: 2, samples: 4000, bins: 241, nFft: 480, hop: 160 },
  // Exactly one tile of 64 frames, 32 bins, 64 samples; then one more of each.
  { batch: 4, samples: 240, bins: 32, nFft: 64, hop: 16 },
  { batch: 5, samples: 200, bins: 33, nFft: 65, hop: 16 },
  { batch: 1, samples: 9, bins: 1, nFft: 4, hop: 4 },
  { batch: 1, samples: 3, bins: 2, nFft: 2, hop: 5 },
  { batch: 3, samples: 701, bins: 70, nFft: 100, hop: 37 },
  // So many frames that the gradient's sum is split.
  { batch: 6, samples: 800, bins: 5, nFft: 12, hop: 4 },
];

for (const made of cases) {
  const { batch, samples, bins, nFft, hop } = made;
  webGpuTest(
    `framedPower() equals its composite for ${batch} clips of ${samples}, ${bins} bins, window ${nFft}, hop ${hop}`,
    () => assertKernelsEqualComposites(() => powerAndGradients(made)),
  );
}

webGpuTest("framedPower() gives the same bytes each time, gradients included", () =>
  withKernels(async () => {
    const [first, second] = [await powerAndGradients(cases[6]!), await powerAndGradients(cases[6]!)];
    assertEquals(first, second);
  }));

webGpuTest("framedPower() without gradients equals that with", () =>
  withKernels(async () => {
    const { wave, wcos, wsin } = operands(cases[5]!);
    const alone = tf.tidy(() => framedPower(wave, wcos, wsin, { hopSamples: 37, powerEpsilon: 0 }));
    const { value, grads } = tf.tidy(() =>
      tf.valueAndGrads((c, s) =>
        tf.sum(framedPower(wave, c as tf.Tensor3D, s as tf.Tensor3D, { hopSamples: 37, powerEpsilon: 0 }))
      )([wcos, wsin])
    );
    const total = tf.tidy(() => tf.sum(alone));
    assertEquals(await total.data(), await value.data());
    tf.dispose([alone, total, value, ...grads, wave, wcos, wsin]);
  }));

webGpuTest("framedPower() keeps a frame that is not finite to itself", () =>
  withKernels(async () => {
    const { wcos, wsin } = dftBasis(16);
    const samples = new Float32Array(64).fill(0.5);
    samples[40] = NaN;
    const tensors = [
      tf.tensor2d(samples, [1, 64]),
      tf.tensor3d(wcos, [9, 1, 16]),
      tf.tensor3d(wsin, [9, 1, 16]),
    ] as const;
    const power = tf.tidy(() => framedPower(...tensors, { hopSamples: 16, powerEpsilon: 0 }));
    const values = await power.data();
    // Frames are centred at 0, 16, ... 64: sample 40 is in the one from 40 to 55 only.
    for (let frame = 0; frame < 5; frame++) {
      for (let bin = 0; bin < 9; bin++) assert(Number.isNaN(values[frame * 9 + bin]!) === (frame === 3));
    }
    tf.dispose([...tensors, power]);
  }));

function operands({ batch, samples, bins, nFft }: PowerCase) {
  const rng = Rng.fromSeed("framedPower");
  const normal = (name: string, size: number) => {
    const own = rng.fork(name);
    return Float32Array.from({ length: size }, () => own.normal());
  };
  return {
    wave: tf.tensor2d(normal("wave", batch * samples), [batch, samples]),
    wcos: tf.tensor3d(normal("wcos", bins * nFft), [bins, 1, nFft]),
    wsin: tf.tensor3d(normal("wsin", bins * nFft), [bins, 1, nFft]),
  };
}

async function powerAndGradients(made: PowerCase): Promise<Arrays> {
  const { wave, wcos, wsin } = operands(made);
  const options = { hopSamples: made.hop, powerEpsilon: 0.25 };
  const power = tf.tidy(() => framedPower(wave, wcos, wsin, options));
  const own = Rng.fromSeed("weights");
  const weights = tf.tensor(Float32Array.from({ length: power.size }, () => own.normal()), power.shape);
  const [dcos, dsin] = tf.tidy(() =>
    tf.grads((c: tf.Tensor, s: tf.Tensor) =>
      tf.sum(tf.mul(framedPower(wave, c as tf.Tensor3D, s as tf.Tensor3D, options), weights))
    )([wcos, wsin])
  ) as [tf.Tensor, tf.Tensor];
  tf.dispose([wave, wcos, wsin, weights]);
  return await read({ power, dcos, dsin });
}
