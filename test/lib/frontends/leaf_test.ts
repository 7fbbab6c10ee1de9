/** LEAF against TensorFlow's and PyTorch's classes, and what is its own among front-ends. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { gaborLimits } from "../../../lib/audio/gabor.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { Rng } from "../../../lib/base/random.ts";
import { readTensors } from "../../../lib/formats/safetensors_io.ts";
import type { CompressionConfig, FrontendSpec } from "../../../lib/frontends/contract.ts";
import { loadFrontend, makeFrontend } from "../../../lib/frontends/front_end.ts";
import { viewsOf } from "../../../lib/frontends/open.ts";
import { createState, disposeState } from "../../../lib/nn/state.ts";
import type { NetworkState } from "../../../lib/nn/types.ts";
import { openForTest } from "../../support/backends.ts";
import { assertNear } from "../kernels/op_check.ts";
import { goldenWaves } from "../models/golden_case.ts";
import { configOf, opened } from "./papers.ts";

const references = readTensors(
  new URL("../../fixtures/leaf/references.safetensors", import.meta.url).pathname,
);
/** Of results, every so many-th value is kept. */
const STEP = 13;

/** Nothing is left out unless said. @param trained Names of parts. */
async function leaf(
  trained: readonly string[],
  changes: JsonObject = {},
  compression: CompressionConfig = LOG,
): Promise<FrontendSpec> {
  const { config, context } = configOf("leaf", { exact: true, ...changes });
  return await makeFrontend(config, { ...context, trained, compression });
}

const LOG: CompressionConfig = { kind: "log", offset: 1e-10 };
const PCEN = configOf("leaf").context.compression;

function reference(name: string): Float32Array {
  return references.tensors.get(name)!.data as Float32Array;
}

Deno.test("both starts are those of their authors' code", async () => {
  for (const [start, folder] of [["mel_bins", "leaf_tf"], ["analytic", "leaf_analytic"]] as const) {
    const { specs } = await opened(await leaf(["filters", "pooling"], { start }));
    for (const { name, init } of specs) {
      assertNear(init(Rng.fromSeed(0)), reference(`${folder}/init/${name}`), 1e-6, `${start} ${name}`);
    }
  }
});

Deno.test("energies and their gradients are TensorFlow's; what is left out is as little as is said", async () => {
  await openForTest("wasm");
  const waves = goldenWaves();
  // exact: float32's own error, which of the widths' start is 1e-6. Else what a cut of 3e-4 leaves out.
  for (const [exact, values, slopes] of [[true, 5e-6, 2e-5], [false, 3e-5, 1e-4]] as const) {
    const frontend = await opened(await leaf(["filters", "pooling"], { exact, frames: "tensorflow" }));
    const state = createState(frontend, Rng.fromSeed(0));
    const step = frontend.steps.findIndex(({ spec }) => spec.step === "gabor") + 1;
    const energies = () => frontend.transform(state, waves, { training: true }, 0, step);
    const out = tf.tidy(energies);
    const kept = (await out.data<"float32">()).filter((_, i) => i % STEP === 0);
    assertNear(kept, reference("leaf_tf_no_pcen/out"), values, `energies, exact ${exact}`);
    await checkGradients(state, energies, "leaf_tf_no_pcen", slopes);
    out.dispose();
    disposeState(state);
  }
  waves.dispose();
});

for (
  const [folder, changes] of [
    ["leaf_tf", { frames: "tensorflow" }],
    ["leaf_analytic", { start: "analytic" }],
    ["leaf_analytic_moved", { start: "analytic" }],
  ] as const
) {
  Deno.test(`${folder}: with PCEN, values and gradients are those of the original class`, async () => {
    await openForTest("wasm");
    const waves = goldenWaves();
    // exact: what float32 and another order leave. Else what a cut of 3e-4 leaves out: here of bands that are quiet beside
    // a tone, which PCEN makes as loud; of voices it is a tenth.
    for (const [exact, values, slopes] of [[true, 2e-5, 1e-4], [false, 2e-3, 1e-2]] as const) {
      const frontend = await opened(await leaf(["filters", "pooling", "pcen"], { exact, ...changes }, PCEN));
      const state = createState(frontend, Rng.fromSeed(0));
      for (const [name, variable] of state) {
        tf.tidy(() => variable.assign(tf.tensor(reference(`${folder}/init/${name}`), variable.shape)));
      }
      const features = () => frontend.forward(state, waves, { training: true });
      const out = tf.tidy(features);
      const kept = (await out.data<"float32">()).filter((_, i) => i % STEP === 0);
      assertNear(kept, reference(`${folder}/out`), values, `values, exact ${exact}`);
      await checkGradients(state, features, folder, slopes);
      out.dispose();
      disposeState(state);
    }
    waves.dispose();
  });
}

async function checkGradients(
  state: NetworkState,
  output: () => tf.Tensor,
  folder: string,
  tolerance: number,
): Promise<void> {
  const { value, grads } = tf.tidy(() => {
    const made = output();
    const cotangent = tf.tensor(reference(`${folder}/cotangent`), made.shape);
    return tf.variableGrads(() => tf.sum(tf.mul(output(), cotangent)) as tf.Scalar, [...state.values()]);
  });
  for (const [name, variable] of state) {
    const found = await grads[variable.name]!.data();
    assertNear(found, reference(`${folder}/grad/${name}`), tolerance, `gradient of ${name}`);
  }
  tf.dispose([value, ...Object.values(grads)]);
}

Deno.test("every part is trained or frozen by itself, and frozen ones keep their bytes", async () => {
  await openForTest("wasm");
  const waves = goldenWaves();
  for (const trained of [[], ["pooling"], ["filters"], ["filters", "pooling"]]) {
    const frontend = await opened(await leaf(trained, { exact: false }));
    const names = [...frontend.specs, ...frontend.frozenSpecs].filter((spec) => spec.trainable).map((
      { name },
    ) => name);
    assertEquals(names, [
      ...(trained.includes("filters") ? ["filterbank.center_freqs", "filterbank.bandwidths"] : []),
      ...(trained.includes("pooling") ? ["filterbank.pooling_widths"] : []),
    ]);
    assertEquals(frontend.frozen, trained.length === 0 ? 2 : 0);
  }
  waves.dispose();
});

Deno.test("project() brings parameters back within their limits", async () => {
  await openForTest("wasm");
  const frontend = await opened(await leaf(["filters", "pooling"]));
  const state = createState(frontend, Rng.fromSeed(0));
  for (const variable of state.values()) tf.tidy(() => variable.assign(tf.fill([40], 1e4)));
  frontend.project(state);
  const { centres, widths, pooling } = gaborLimits(401);
  const most = [...state.values()].map((variable) => variable.dataSync()[7]!);
  [centres[1], widths[1], pooling[1]].forEach((limit, i) => assertAlmostEquals(most[i]!, limit, 1e-4));
  disposeState(state);
});

Deno.test("look() shows responses with centres and widths in Hz, and windows in milliseconds", async () => {
  await openForTest("wasm");
  const frontend = await opened(await leaf(["filters"]));
  const state = createState(frontend, Rng.fromSeed(0));
  const before = tf.memory().numTensors;
  const [filters, windows] = await viewsOf(frontend.steps[0]!, state, 16000);
  assertEquals(tf.memory().numTensors, before);
  if (filters?.type !== "filters" || windows?.type !== "values") throw new Error("other views");
  assertEquals([filters.bands, filters.weights.length], [40, 40 * 257]);
  filters.centresHz.forEach((centre, m) => {
    const row = filters.weights.subarray(m * 257, (m + 1) * 257);
    const at = (hz: number) => row[Math.round(hz / filters.binsHz[1]!)]!;
    assertEquals(row.indexOf(Math.max(...row)), Math.round(centre / filters.binsHz[1]!));
    if (m > 25) assertAlmostEquals(at(centre + filters.widthsHz[m]!) / at(centre), 0.5, 0.1);
  });
  windows.values.forEach((width) => assertAlmostEquals(width, 5, 1e-4));
  disposeState(state);
});

Deno.test("what LEAF cannot be is refused with what to do", async () => {
  const { check, schema } = await loadFrontend("leaf");
  const problems = (changes: JsonObject, clipSamples: number | null = 16000, sampleRate = 16000) => {
    const { config, context } = configOf("leaf", changes);
    return check(schema.parse(config), { ...context, clipSamples, sampleRate })
      .map(({ path, message }) => `${path.join(".")}: ${message}`);
  };
  assertEquals(problems({}), []);
  assertEquals(problems({}, null), []);
  for (
    const [changes, clip, sentence] of [
      [{ taps: 400 }, 16000, "frontend.taps: wanted an odd number, found 400"],
      [{ hop_samples: 402 }, 16000, "frontend.hop_samples: wanted at most taps = 401, found 402"],
      [{}, 400, "frontend.taps: wanted at most the clip's 400 samples, found 401"],
      [{ f_min_hz: 7900 }, 16000, "frontend.f_max_hz: wanted f_min_hz < f_max_hz <= 8000"],
      [{ f_max_hz: 9000 }, 16000, "frontend.f_max_hz: wanted f_min_hz < f_max_hz <= 8000"],
      [{ frames: "tensorflow" }, null, "frontend.frames: tensorflow places frames by a clip's length"],
    ] as const
  ) {
    const found = problems(changes, clip);
    assert(found.length === 1 && found[0]!.startsWith(sentence), found.join());
  }
  // 86 Hz from bin to bin
  const [found] = problems({ n_mels: 128 }, 16000, 44100);
  assert(found?.startsWith("frontend.start: Cannot start filter 3 of 128 from its Mel filter"), found);
  assertEquals(problems({ n_mels: 128, start: "analytic" }, 16000, 44100), []);
});
