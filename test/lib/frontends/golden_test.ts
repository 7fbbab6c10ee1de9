/** The nnAudio front-end against PyTorch. Tolerances: some ten times float32's own error. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { JsonObject } from "../../../lib/base/json.ts";
import { Rng } from "../../../lib/base/random.ts";
import type { Setting } from "../../../lib/frontends/contract.ts";
import { createState } from "../../../lib/nn/state.ts";
import { onEveryBackend, openForTest } from "../../support/backends.ts";
import { golden, goldenWaves } from "../models/golden_case.ts";
import { nnAudio, opened } from "./papers.ts";

onEveryBackend("what is cached is PyTorch's power and log-mel", async () => {
  const noisy = goldenWaves();
  const logmel = await cached("A", noisy);
  golden.check("frontend/logmel_n_fixed", await logmel.data<"float32">(), 1e-5);
  const power = await cached("B", noisy);
  const magnitude = tf.tidy(() => tf.transpose(tf.sqrt(power), [0, 2, 1]));
  golden.check("frontend/mag_n_fixed", await magnitude.data<"float32">(), 5e-6);
  tf.dispose([noisy, logmel, power, magnitude]);
});

onEveryBackend("what is cached has PyTorch's values of tones and silence, with 10 to 40 bands", async () => {
  const waves = goldenWaves("input");
  const power = await cached("B", waves);
  const transposed = tf.tidy(() => tf.transpose(power, [0, 2, 1]));
  golden.check("frontend/power_fixed", await transposed.data<"float32">(), 5e-6);
  for (const nMels of [10, 20, 30, 40]) {
    const logmel = await cached("A", waves, { n_mels: nMels });
    // Logs of rounding noise in the bands far from a tone.
    golden.check(
      `frontend/logmel_fixed${nMels === 40 ? "" : `_${nMels}`}`,
      await logmel.data<"float32">(),
      1e-3,
    );
    if (nMels === 40) {
      const mel = tf.tidy(() => tf.exp(logmel));
      golden.check("frontend/mel_fixed", await mel.data<"float32">(), 1e-5);
      mel.dispose();
    }
    logmel.dispose();
  }
  tf.dispose([waves, power, transposed]);
});

for (const setting of ["B", "C", "D"] as const) {
  onEveryBackend(`the front-end in setting ${setting} gives PyTorch's values and gradients`, async () => {
    const waves = goldenWaves();
    const frontend = await opened(await nnAudio(setting));
    const state = createState(frontend, Rng.fromSeed(0));
    const features = frontend.cache(waves);
    const weights = tf.tensor(golden.array("frontend/w").values, [4, 40, 101]);
    const trained = frontend.specs.filter((spec) => spec.trainable).map((spec) => spec.name);
    const { value, grads } = tf.variableGrads(
      () => tf.sum(tf.mul(frontend.forward(state, features, { training: true }), weights)) as tf.Scalar,
      trained.map((name) => state.get(name)!),
    );
    golden.check(`frontend/grad_n_${setting}_scalar`, await value.data<"float32">(), 1e-5);
    for (const name of trained) {
      // With fixed filters the kernels' gradient is that of D.
      const key = `frontend/grad_n_${setting === "C" ? "D" : setting}_${name.split(".").at(-1)}`;
      golden.check(key, await grads[state.get(name)!.name]!.data<"float32">(), 4e-5);
    }
    if (setting === "D") {
      for (const name of ["input_n", "input"] as const) {
        const wave = goldenWaves(name);
        const logmel = tf.tidy(() => frontend.forward(state, wave, { training: false }));
        const noise = name === "input" ? "" : "_n";
        const tolerance = name === "input" ? 1e-3 : 1e-5; // logs of rounding noise in the bands far from a tone
        golden.check(`frontend/logmel${noise}_trainable`, await logmel.data<"float32">(), tolerance);
        tf.dispose([wave, logmel]);
      }
    }
    tf.dispose([waves, features, weights, value, ...Object.values(grads), ...state.values()]);
  });
}

onEveryBackend(
  "silence gives -23.03 with fixed kernels and -21.6 with trained ones, as in the original",
  async () => {
    const silence = tf.zeros([1, 960]) as tf.Tensor2D;
    const fixed = await cached("A", silence);
    assertEquals(fixed.shape, [1, 40, 7]);
    for (const value of await fixed.data()) assertAlmostEquals(value, Math.log(1e-10), 1e-4);
    const frontend = await opened(await nnAudio("C"));
    const state = createState(frontend, Rng.fromSeed(0));
    const trained = tf.tidy(() => frontend.forward(state, silence, { training: false }));
    // A filter's weights sum to about 0.03, so that 1e-8 in each bin becomes 3e-10.
    for (const value of await trained.data()) assertAlmostEquals(value, -21.6, 0.25);
    tf.dispose([silence, fixed, trained, ...state.values()]);
  },
);

onEveryBackend("project() clamps trained Mel weights into [0, 1] and leaves fixed ones", async () => {
  for (const setting of ["B", "C"] as const) {
    const frontend = await opened(await nnAudio(setting));
    const outside = tf.variable(tf.tensor2d([[-1, 0.5, 2]]), true);
    frontend.project(new Map([["mel_layer.mel_basis", outside]]));
    assertEquals([...await outside.data()], setting === "B" ? [0, 0.5, 1] : [-1, 0.5, 2]);
    outside.dispose();
  }
});

Deno.test("normalise: batch gives each band mean 0 and variance 1 over the batch", async () => {
  await openForTest("wasm");
  const frontend = await opened(await nnAudio("A", { n_mels: 10, normalise: "batch" }));
  assertEquals(frontend.specs.map((s) => [s.name, s.role]), [
    ["mel_layer.norm.running_mean", "buffer"],
    ["mel_layer.norm.running_var", "buffer"],
  ]);
  const rng = Rng.fromSeed(3);
  const x = tf.tensor3d(Float32Array.from({ length: 3 * 10 * 11 }, () => 4 * rng.normal() - 9), [3, 10, 11]);
  const state = new Map(
    frontend.specs.map((s) => [s.name, tf.variable(tf.tensor(s.init(rng), [...s.shape]), false)]),
  );
  const y = tf.tidy(() => frontend.forward(state, x, { training: true }));
  const { mean, variance } = tf.moments(y, [0, 2]);
  for (const m of await mean.data()) assertAlmostEquals(m, 0, 1e-5);
  for (const v of await variance.data()) assertAlmostEquals(v, 1, 1e-3);
  assert((await state.get("mel_layer.norm.running_mean")!.data()).every((m) => m < -0.5));
  tf.dispose([x, y, mean, variance, ...state.values()]);
});

/** What is cached of clips. */
async function cached(setting: Setting, waves: tf.Tensor2D, changes: JsonObject = {}): Promise<tf.Tensor> {
  const { cache } = await opened(await nnAudio(setting, changes));
  return cache(waves);
}
