/** What front-ends do beyond the original's numbers: caching, masks, random filters, limits, normalisation. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { initialBands, widthLimits } from "../../../lib/audio/band_filters.ts";
import { Rng } from "../../../lib/base/random.ts";
import { buildFrontend, type Frontend } from "../../../lib/frontends/chain.ts";
import { sorted } from "../../../lib/frontends/filter_bank.ts";
import { initialMelBasis } from "../../../lib/frontends/mel_step.ts";
import { applyPrefix } from "../../../lib/frontends/prefix.ts";
import {
  type FastAudioSpec,
  type FrontendSpec,
  frozenPrefix,
  prefixSpec,
  trainableOf,
} from "../../../lib/frontends/spec.ts";
import { buildNetwork, countTrainable, createState, disposeState } from "../../../lib/models/network.ts";
import type { ForwardMode, NetworkState } from "../../../lib/nn/types.ts";
import { onEveryBackend, openForTest } from "../../support/backends.ts";
import { paperFastAudio, paperFrontend } from "../models/harness.ts";

const SETTINGS = ["A", "B", "C", "D"] as const;
const SAMPLES = 1600;
const SMALL = { nFft: 240, hopSamples: 80, nMels: 12, powerEpsilon: 1e-8 } as const;
const PER_CLIP = { amin: 1e-10, refValue: 1, topDb: 20, loudestOf: "clip" } as const;
const EVALUATE: ForwardMode = { training: false };

const VARIANTS: readonly [string, (setting: (typeof SETTINGS)[number]) => FrontendSpec][] = [
  ["nnaudio", (s) => paperFrontend(s, { ...SMALL, normalise: "clip_mean" })],
  [
    "nnaudio, masked and random",
    (s) => paperFrontend(s, { ...SMALL, mask: { start: 3, end: 9 }, randomMel: { seed: 4 } }),
  ],
  [
    "nnaudio, masked, of magnitude",
    (s) => paperFrontend(s, { ...SMALL, power: 1, mask: { start: 3, end: 9 }, normalise: "batch" }),
  ],
  ["fastaudio", (s) => fast(s)],
  [
    "fastaudio, masked, gaussian, of power",
    (s) => fast(s, { filter: "gaussian", power: 2, mask: { start: 0, end: 5 }, normalise: "batch" }),
  ],
  [
    "fastaudio, sorted, slow, jittered",
    (s) => fast(s, { sort: true, paramChangeFactor: 0.1, paramRandFactor: 0.2 }),
  ],
];

for (const [name, specOf] of VARIANTS) {
  onEveryBackend(`${name}: features are the same wherever the frozen prefix ends`, async () => {
    const outputs = await Promise.all(SETTINGS.map((setting) => featuresOf(specOf(setting))));
    for (const output of outputs.slice(1)) {
      output.forEach((value, i) => assertAlmostEquals(value, outputs[0]![i]!, 1e-3));
    }
  });

  Deno.test(`${name}: every trained tensor has a finite gradient that is not zero`, async () => {
    await openForTest("wasm");
    const frontend = buildFrontend(specOf("D"), SAMPLES);
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

Deno.test("frozenPrefix() of fastaudio ends before what varies from batch to batch", () => {
  assertEquals(SETTINGS.map((s) => frozenPrefix(fast(s))), ["decibels", "magnitude", "waveform", "waveform"]);
  assertEquals(frozenPrefix(fast("B", { power: 2 })), "power");
  assertEquals(frozenPrefix(fast("A", { paramRandFactor: 0.1 })), "magnitude");
  assertEquals(frozenPrefix(fast("A", { decibels: { ...PER_CLIP, loudestOf: "batch" } })), "magnitude");
});

Deno.test("prefixSpec() holds the seed of random Mel filters only where they are in the prefix", () => {
  const prefix = (setting: "A" | "B" | "C", seed: number) =>
    prefixSpec(paperFrontend(setting, { randomMel: { seed } }));
  assertNotEquals(prefix("A", 1), prefix("A", 2));
  assertEquals(prefix("B", 1), prefix("B", 2));
  assertEquals(prefix("C", 1), prefix("C", 2));
});

Deno.test("countTrainable() of fastaudio adds two values for each band in setting B", () => {
  const count = (setting: "A" | "B" | "D") =>
    countTrainable(buildNetwork(paperFastAudio(setting), { kind: "linear" }, 12, 16000));
  assertEquals([count("B") - count("A"), count("D") - count("A")], [80, 80 + 2 * 241 * 480]);
});

Deno.test("a mask silences its bins, and kernels there are not trained", async () => {
  await openForTest("wasm");
  for (const spec of [paperFrontend("B", SMALL), fast("B")]) {
    const wave = waves(1);
    const masked = applyPrefix(prefixSpec({ ...spec, mask: { start: 4, end: 7 } }), wave);
    const open = applyPrefix(prefixSpec(spec), wave);
    const [found, whole] = [await masked.data(), await open.data()];
    found.forEach((v, i) => assertEquals(v, i % 121 >= 4 && i % 121 < 7 ? 0 : whole[i]));
    tf.dispose([wave, masked, open]);
  }
  const frontend = buildFrontend(paperFrontend("D", { ...SMALL, mask: { start: 4, end: 7 } }), SAMPLES);
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
  const spec = paperFrontend("A", { ...SMALL, power: 1, mask: { start: 4, end: 7 } });
  const wave = waves(1);
  const [found, wanted] = tf.tidy(() => {
    const power = applyPrefix(prefixSpec({ ...spec, power: 2, trainable: trainableOf("B") }), wave);
    const filters = tf.tensor2d(initialMelBasis(spec), [spec.nMels, 121]);
    const mel = tf.matMul(filters, tf.squeeze(tf.sqrt(power), [0]) as tf.Tensor2D, false, true);
    return [applyPrefix(prefixSpec(spec), wave), tf.log(tf.add(mel, 1e-10))];
  });
  const values = await wanted!.data();
  (await found!.data()).forEach((value, i) => assertAlmostEquals(value, values[i]!, 1e-4));
  tf.dispose([wave, found!, wanted!]);
});

Deno.test("random Mel filters are rectified noise that only the seed decides", () => {
  const basis = (seed: number) =>
    buildFrontend(paperFrontend("D", { randomMel: { seed } }), 16000).specs
      .find((spec) => spec.name === "mel_layer.mel_basis")!.init(Rng.fromSeed("any"));
  const values = basis(1);
  assertEquals(values, basis(1));
  assertNotEquals(values, basis(2));
  const zeros = values.filter((v) => v === 0).length / values.length;
  assert(zeros > 0.45 && zeros < 0.55, `${zeros} are zero`);
  assert(values.every((v) => v >= 0 && v <= Math.sqrt(6 / 241)));
});

Deno.test("normalise: clip_mean takes each band's mean over its clip off", async () => {
  await openForTest("wasm");
  const output = await featuresOf(paperFrontend("A", { ...SMALL, normalise: "clip_mean" }));
  const frames = SAMPLES / SMALL.hopSamples + 1;
  for (let row = 0; row < output.length; row += frames) {
    assertAlmostEquals(output.subarray(row, row + frames).reduce((sum, v) => sum + v, 0) / frames, 0, 1e-4);
  }
});

Deno.test("decibels of a clip depend on its neighbours only with top_db over the batch", async () => {
  await openForTest("wasm");
  for (const loudestOf of ["clip", "batch"] as const) {
    const frontend = buildFrontend(fast("D", { decibels: { ...PER_CLIP, loudestOf } }), SAMPLES);
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
  const move = (paramChangeFactor: number) => {
    const frontend = buildFrontend(fast("D", { paramChangeFactor }), SAMPLES);
    const state = stateOf(frontend);
    const centres = state.get("fastaudio_filter.f_central")!;
    const initial = centres.dataSync()[5]! * paramChangeFactor;
    const gradient = tf.tidy(() => {
      const wave = waves(1);
      const { grads } = tf.variableGrads(
        () => tf.sum(frontend.forward(state, wave, { training: true })) as tf.Scalar,
        [centres],
      );
      return grads[centres.name]!.dataSync()[5]!;
    });
    disposeState(state);
    return { initial, step: gradient * paramChangeFactor };
  };
  const [whole, half] = [move(1), move(0.5)];
  assertAlmostEquals(half.initial, whole.initial, 1e-7);
  assertAlmostEquals(half.step / whole.step, 0.25, 1e-3); // of the gradient and of the unit
});

Deno.test("param_rand_factor moves filters in training only, as the step's generator says", async () => {
  await openForTest("wasm");
  const frontend = buildFrontend(fast("A", { paramRandFactor: 0.3 }), SAMPLES);
  const state = stateOf(frontend);
  const features = tf.tidy(() => applyPrefix(prefixSpec(fast("A", { paramRandFactor: 0.3 })), waves(1)));
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

Deno.test("project() brings centres and widths back within scaled limits and leaves them under the original's", () => {
  for (const limits of ["scaled", "original"] as const) {
    const frontend = buildFrontend(fast("D", { limits, paramChangeFactor: 0.5 }), SAMPLES);
    const state = stateOf(frontend);
    const width = state.get("fastaudio_filter.band")!;
    const centre = state.get("fastaudio_filter.f_central")!;
    tf.tidy(() => {
      width.assign(tf.fill([SMALL.nMels], -1));
      centre.assign(tf.fill([SMALL.nMels], 3));
    });
    frontend.project(state);
    const back = limits === "scaled";
    assertEquals(centre.dataSync()[0], back ? 1 : 3); // in units of half the sample rate
    assertEquals(width.dataSync()[0]! > 0, back);
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

function fast(setting: (typeof SETTINGS)[number], changes: Partial<FastAudioSpec> = {}): FastAudioSpec {
  return paperFastAudio(setting, { ...SMALL, limits: "scaled", decibels: PER_CLIP, ...changes });
}

async function featuresOf(spec: FrontendSpec): Promise<Float32Array> {
  const frontend = buildFrontend(spec, SAMPLES);
  const state = stateOf(frontend);
  const features = tf.tidy(() => frontend.forward(state, applyPrefix(prefixSpec(spec), waves(2)), EVALUATE));
  const values = await features.data<"float32">();
  features.dispose();
  disposeState(state);
  return values.slice();
}

function stateOf(frontend: Frontend): NetworkState {
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
