/** What front-ends do beyond the original's numbers: caching, masks, random filters, limits, normalisation. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { initialBands, widthLimits } from "../../../lib/audio/band_filters.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { Rng } from "../../../lib/base/random.ts";
import { type FrontendSpec, type Setting, SETTINGS } from "../../../lib/frontends/contract.ts";
import { viewsOf } from "../../../lib/frontends/open.ts";
import { sorted } from "../../../lib/frontends/steps/bands/filter_bank.ts";
import { createState, disposeState, frozenState } from "../../../lib/nn/state.ts";
import type { ForwardMode, NetworkState } from "../../../lib/nn/types.ts";
import { onBackends, onEveryBackend, openForTest } from "../../support/backends.ts";
import { fastAudio, nnAudio, opened, type TestedFrontend } from "./papers.ts";

const SAMPLES = 1600;
const SMALL = { n_fft: 240, hop_samples: 80, n_mels: 12, power_epsilon: 1e-8 };
const PER_CLIP = { top_db: 20, compat: { top_db: "clip" } };
const EVALUATE: ForwardMode = { training: false };

const VARIANTS: readonly [string, (setting: Setting) => Promise<FrontendSpec>][] = [
  ["nnaudio", (s) => nnAudio(s, { ...SMALL, normalise: "clip_mean" })],
  [
    "nnaudio, masked and random",
    (s) => nnAudio(s, { ...SMALL, mask: { start: 3, end: 9 }, random_mel: true }),
  ],
  [
    "nnaudio, masked, of magnitude",
    (s) => nnAudio(s, { ...SMALL, power: 1, mask: { start: 3, end: 9 }, normalise: "batch" }),
  ],
  ["fastaudio", (s) => fast(s)],
  [
    "fastaudio, masked, gaussian, of power",
    (s) => fast(s, { filter: "gaussian", power: 2, mask: { start: 0, end: 5 }, normalise: "batch" }),
  ],
  [
    "fastaudio, sorted, slow, jittered",
    (s) => fast(s, { sort: true, param_change_factor: 0.1, param_rand_factor: 0.2 }),
  ],
];

for (const [name, specOf] of VARIANTS) {
  onEveryBackend(`${name}: features are the same wherever the frozen prefix ends`, async () => {
    const outputs = await Promise.all(SETTINGS.map(async (setting) => featuresOf(await specOf(setting))));
    for (const output of outputs.slice(1)) {
      output.forEach((value, i) => assertAlmostEquals(value, outputs[0]![i]!, 1e-3));
    }
  });

  onBackends(["wasm"], `${name}: every point of the chain can be entered`, async () => {
    for (const setting of SETTINGS) {
      const frontend = await opened(await specOf(setting));
      const [state, frozen] = [stateOf(frontend), frozenState(frontend)];
      const whole = new Map([...state, ...frozen]);
      const wave = waves(2);
      const end = frontend.steps.length;
      const through = (at: number) => {
        const there = frontend.transform(whole, wave, EVALUATE, 0, at);
        return frontend.transform(whole, there, EVALUATE, at, end).dataSync<"float32">();
      };
      const wanted = tf.tidy(() => through(0));
      for (let at = 1; at <= end; at++) {
        const found = tf.tidy(() => through(at));
        // One kernel makes Mel energies and their logs, and one all of a frozen prefix, unless one enters between.
        const split = frontend.representations[at]!.name === "mel" || at < frontend.frozen;
        if (split) found.forEach((value, i) => assertAlmostEquals(value, wanted[i]!, 1e-4));
        else assertEquals(found, wanted);
      }
      [state, frozen].forEach(disposeState);
      wave.dispose();
      assertEquals(tf.memory().numTensors, 0);
    }
  });

  Deno.test(`${name}: every trained tensor has a finite gradient that is not zero`, async () => {
    await openForTest("wasm");
    const frontend = await opened(await specOf("D"));
    const state = stateOf(frontend);
    const names = frontend.specs.filter((spec) => spec.trainable).map((spec) => spec.name);
    const wave = waves(2);
    const { value, grads } = tf.variableGrads(
      () => tf.mean(tf.square(frontend.forward(state, wave, { training: true }))) as tf.Scalar,
      names.map((n) => state.get(n)!),
    );
    for (const n of names) {
      const values = [...await grads[state.get(n)!.name]!.data()];
      assert(values.every(Number.isFinite) && values.some((v) => v !== 0), n);
    }
    tf.dispose([wave, value, ...Object.values(grads)]);
    disposeState(state);
  });
}

Deno.test("a mask silences its bins, and kernels there are not trained", async () => {
  await openForTest("wasm");
  for (
    const specOf of [
      (changes: JsonObject = {}) => nnAudio("B", { ...SMALL, ...changes }),
      (changes: JsonObject = {}) => fast("B", changes),
    ]
  ) {
    const wave = waves(1);
    const masked = (await opened(await specOf({ mask: { start: 4, end: 7 } }))).cache(wave);
    const open = (await opened(await specOf())).cache(wave);
    const [found, whole] = [await masked.data(), await open.data()];
    found.forEach((v, i) => assertEquals(v, i % 121 >= 4 && i % 121 < 7 ? 0 : whole[i]));
    tf.dispose([wave, masked, open]);
  }
  const frontend = await opened(await nnAudio("D", { ...SMALL, mask: { start: 4, end: 7 } }));
  const state = stateOf(frontend);
  const wcos = state.get("mel_layer.stft.wcos")!;
  const wave = waves(1);
  const { value, grads } = tf.variableGrads(
    () => tf.sum(frontend.forward(state, wave, { training: true })) as tf.Scalar,
    [wcos],
  );
  const gradient = await grads[wcos.name]!.data();
  const moved = Array.from(
    { length: 121 },
    (_, k) => gradient.subarray(240 * k, 240 * (k + 1)).some((g) => g !== 0),
  );
  assertEquals([moved[3], moved[4], moved[6], moved[7]], [true, false, false, true]);
  tf.dispose([wave, value, ...Object.values(grads)]);
  disposeState(state);
});

Deno.test("power: 1 gives nnaudio's filters the magnitude, as the original's mask-out variant has it", async () => {
  await openForTest("wasm");
  const wave = waves(1);
  const masked = { ...SMALL, mask: { start: 4, end: 7 } };
  const found = (await opened(await nnAudio("A", { ...masked, power: 1 }))).cache(wave);
  const powered = await opened(await nnAudio("B", masked));
  const state = stateOf(powered);
  const wanted = tf.tidy(() => {
    const magnitude = tf.squeeze(tf.sqrt(powered.cache(wave)), [0]) as tf.Tensor2D;
    const filters = state.get("mel_layer.mel_basis") as tf.Tensor as tf.Tensor2D;
    return tf.log(tf.add(tf.matMul(filters, magnitude, false, true), 1e-10));
  });
  const values = await wanted.data();
  (await found.data()).forEach((value, i) => assertAlmostEquals(value, values[i]!, 1e-4));
  disposeState(state);
  tf.dispose([wave, found, wanted]);
});

Deno.test("random Mel filters are rectified noise that only the seed decides", async () => {
  const basis = async (seed: number) => {
    const { steps, ...rest } = await nnAudio("D", { random_mel: true });
    const seeded = steps.map((spec) => spec.step === "mel" ? { ...spec, random: { seed } } : spec);
    const { specs } = await opened({ ...rest, steps: seeded });
    return specs.find(({ name }) => name === "mel_layer.mel_basis")!.init(Rng.fromSeed("any"));
  };
  const values = await basis(1);
  assertEquals(values, await basis(1));
  assertNotEquals(values, await basis(2));
  const zeros = values.filter((v) => v === 0).length / values.length;
  assert(zeros > 0.45 && zeros < 0.55, `${zeros} are zero`);
  assert(values.every((v) => v >= 0 && v <= Math.sqrt(6 / 241)));
});

Deno.test("normalise: clip_mean takes each band's mean over its clip off", async () => {
  await openForTest("wasm");
  const output = await featuresOf(await nnAudio("A", { ...SMALL, normalise: "clip_mean" }));
  const frames = SAMPLES / SMALL.hop_samples + 1;
  for (let row = 0; row < output.length; row += frames) {
    assertAlmostEquals(output.subarray(row, row + frames).reduce((sum, v) => sum + v, 0) / frames, 0, 1e-4);
  }
});

Deno.test("decibels of a clip depend on its neighbours only with top_db over the batch", async () => {
  await openForTest("wasm");
  for (const loudestOf of ["clip", "batch"]) {
    const frontend = await opened(await fast("D", {}, { compat: { top_db: loudestOf } }));
    const state = stateOf(frontend);
    const [alone, beside] = [1, 2].map((clips) =>
      tf.tidy(() => {
        const wave = tf.mul(waves(clips), tf.tensor2d([0.01, 1].slice(0, clips), [clips, 1])) as tf.Tensor2D;
        return frontend.forward(state, wave, EVALUATE).dataSync<"float32">();
      })
    );
    const same = alone!.every((value, i) => Math.abs(value - beside![i]!) < 1e-3);
    assertEquals(same, loudestOf === "clip");
    disposeState(state);
  }
});

Deno.test("param_change_factor scales the step of centres and widths, not their values", async () => {
  await openForTest("wasm");
  const move = async (factor: number) => {
    const frontend = await opened(await fast("D", { param_change_factor: factor }));
    const state = stateOf(frontend);
    const centres = state.get("fastaudio_filter.f_central")!;
    const initial = centres.dataSync()[5]! * factor;
    const gradient = tf.tidy(() => {
      const wave = waves(1);
      const { grads } = tf.variableGrads(
        () => tf.sum(frontend.forward(state, wave, { training: true })) as tf.Scalar,
        [centres],
      );
      return grads[centres.name]!.dataSync()[5]!;
    });
    disposeState(state);
    return { initial, step: gradient * factor };
  };
  const [whole, half] = [await move(1), await move(0.5)];
  assertAlmostEquals(half.initial, whole.initial, 1e-7);
  assertAlmostEquals(half.step / whole.step, 0.25, 1e-3); // of the gradient and of the unit
});

Deno.test("param_rand_factor moves filters in training only, as the step's generator says", async () => {
  await openForTest("wasm");
  const frontend = await opened(await fast("A", { param_rand_factor: 0.3 }));
  const state = stateOf(frontend);
  const features = tf.tidy(() => frontend.cache(waves(1)));
  const forward = (mode: ForwardMode) =>
    tf.tidy(() => frontend.forward(state, features, mode).dataSync<"float32">());
  const dropout = () => Rng.fromSeed(8);
  assertEquals(
    forward({ training: true, dropout: dropout() }),
    forward({ training: true, dropout: dropout() }),
  );
  assertNotEquals(forward({ training: true, dropout: dropout() }), forward(EVALUATE));
  assertEquals(forward({ training: true }), forward(EVALUATE));
  features.dispose();
  disposeState(state);
});

Deno.test("widthLimits() scaled leave every first width free, the original's cut wide ones", () => {
  for (const nMels of [1, 10, 40, 128]) {
    const spec = { sampleRate: 16000, fMinHz: 0, fMaxHz: 8000, nMels };
    const [narrowest, widest] = widthLimits("scaled", spec);
    assert(initialBands(spec).widths.every((w) => w > narrowest && w < widest));
  }
  const ten = { sampleRate: 16000, fMinHz: 0, fMaxHz: 8000, nMels: 10 };
  const [, widest] = widthLimits("original", ten);
  assertEquals(initialBands(ten).widths.filter((w) => w > widest).length, 4);
});

Deno.test("project() brings centres and widths back within scaled limits and leaves them under the original's", async () => {
  for (const band_limits of ["scaled", "original"]) {
    const frontend = await opened(await fast("D", { compat: { band_limits }, param_change_factor: 0.5 }));
    const state = stateOf(frontend);
    const width = state.get("fastaudio_filter.band")!;
    const centre = state.get("fastaudio_filter.f_central")!;
    tf.tidy(() => {
      width.assign(tf.fill([SMALL.n_mels], -1));
      centre.assign(tf.fill([SMALL.n_mels], 3));
    });
    frontend.project(state);
    const back = band_limits === "scaled";
    assertEquals(centre.dataSync()[0], back ? 1 : 3); // in units of half the sample rate
    assertEquals(width.dataSync()[0]! > 0, back);
    disposeState(state);
  }
});

Deno.test("viewsOf() shows kernels, and filters with centres and widths in Hz, whatever they are made of", async () => {
  await openForTest("wasm");
  for (const spec of [await nnAudio("D", SMALL), await fast("D", { param_change_factor: 0.1 })]) {
    const frontend = await opened(spec);
    const state = stateOf(frontend);
    const before = tf.memory().numTensors;
    const views = (await Promise.all(frontend.steps.map((step) => viewsOf(step, state, 16000)))).flat();
    assertEquals(tf.memory().numTensors, before);
    const [kernels, filters] = views;
    assertEquals(views.length, 2);
    if (kernels?.type !== "kernels" || filters?.type !== "filters") throw new Error("other views");
    assertEquals([kernels.samples, kernels.wcos.length, kernels.sampleRate], [240, 121 * 240, 16000]);
    assertEquals([filters.bands, filters.weights.length], [12, 12 * 121]);
    assertAlmostEquals(filters.binsHz[1]!, 16000 / 240, 1e-4);
    const centres = [...filters.centresHz];
    assertEquals(centres, centres.toSorted((a, b) => a - b));
    assert(centres[0]! > 0 && centres.at(-1)! < 8000 && centres.at(-1)! > 6000);
    assert(filters.widthsHz.every((width) => width > 50 && width < 2000));
    disposeState(state);
  }
});

onEveryBackend("sorted() sorts, and gives each value its own gradient", async () => {
  const x = tf.tensor1d([0.3, -1, 0.3, 7, 0]);
  const y = sorted(x);
  assertEquals([...await y.data()].map((v) => +v.toFixed(4)), [-1, 0, 0.3, 0.3, 7]);
  const gradient = tf.grad((v: tf.Tensor) =>
    tf.sum(tf.mul(sorted(v as tf.Tensor1D), tf.tensor1d([1, 2, 3, 4, 5])))
  )(x);
  assertEquals([...await gradient.data()], [3, 1, 4, 5, 2]);
  tf.dispose([x, y, gradient]);
});

function fast(
  setting: Setting,
  changes: JsonObject = {},
  compression: JsonObject = {},
): Promise<FrontendSpec> {
  const config = { ...SMALL, compat: { band_limits: "scaled" }, ...changes };
  return fastAudio(setting, config, { ...PER_CLIP, ...compression });
}

async function featuresOf(spec: FrontendSpec): Promise<Float32Array> {
  const frontend = await opened(spec);
  const state = stateOf(frontend);
  const features = tf.tidy(() => frontend.forward(state, frontend.cache(waves(2)), EVALUATE));
  const values = await features.data<"float32">();
  features.dispose();
  disposeState(state);
  return values.slice();
}

function stateOf(frontend: TestedFrontend): NetworkState {
  return createState(frontend, Rng.fromSeed(0));
}

/** Tones in noise. */
function waves(clips: number): tf.Tensor2D {
  const rng = Rng.fromSeed("waves");
  const values = Float32Array.from(
    { length: clips * SAMPLES },
    (_, i) => 0.3 * Math.sin((0.1 + 0.4 * Math.floor(i / SAMPLES)) * i) + 0.1 * rng.normal(),
  );
  return tf.tensor2d(values, [clips, SAMPLES]);
}
