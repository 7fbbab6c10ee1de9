/** The compression that normalises energies per channel: its parameters, their limits, and what a chain makes of it. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import { makeFrontend } from "../../../lib/frontends/front_end.ts";
import { viewsOf } from "../../../lib/frontends/open.ts";
import { planSteps } from "../../../lib/frontends/plan.ts";
import { readTensors } from "../../../lib/formats/safetensors_io.ts";
import { createState, disposeState } from "../../../lib/nn/state.ts";
import type { NetworkState } from "../../../lib/nn/types.ts";
import { onBackends, onEveryBackend, openForTest } from "../../support/backends.ts";
import { assertNear } from "../kernels/op_check.ts";
import { configOf, opened, type TestedFrontend } from "./papers.ts";

const references = readTensors(
  new URL("../../fixtures/pcen/references.safetensors", import.meta.url).pathname,
);

const PAPER = {
  parameterisation: "logarithms",
  gain: 0.98,
  bias: 2,
  power: 0.5,
  smoothing: 0.025,
  eps: 1e-6,
};
const LEAF = { parameterisation: "direct", gain: 0.96, bias: 2, power: 0.5, smoothing: 0.04, eps: 1e-12 };
const ORIGINALS = { pcen_logs: PAPER, pcen_leaf: LEAF };

async function frontEnd(
  trained: readonly string[],
  values: typeof PAPER,
  kind = "nnaudio",
): Promise<TestedFrontend> {
  const { config, context } = configOf(kind, { power: 2 });
  return await opened(
    await makeFrontend(config, { ...context, trained, compression: { kind: "pcen", ...values } }),
  );
}

for (const [name, values] of Object.entries(ORIGINALS)) {
  onEveryBackend(
    `PCEN gives EfficientLEAF's values and gradients from its own tensors: ${name}`,
    async () => {
      const frontend = await frontEnd(["pcen"], values);
      const { kind, values: parsed } = frontend.steps.at(-1)!;
      const state = stateOf(frontend);
      const names = ["s", "alpha", "delta", "r"];
      for (const last of names) {
        assertNear(await state.get(`compression.${last}`)!.data(), kept(`${name}/init/${last}`), 1e-6, last);
      }
      const layer = (await kind.layer()).layer(parsed);
      const trained = names.filter((last) => state.get(`compression.${last}`)!.trainable);
      assertEquals(trained, name === "pcen_leaf" ? names : names.slice(1), "the paper's smoothing stays");
      const energy = tf.tensor3d(kept("energy"), [4, 40, 101]);
      const cotangent = tf.tensor3d(kept(`${name}/cotangent`), [4, 40, 101]);
      const { value, grads } = tf.variableGrads(
        () => tf.sum(tf.mul(layer.apply(state, energy, { training: true }), cotangent)) as tf.Scalar,
        trained.map((last) => state.get(`compression.${last}`)!),
      );
      for (const last of trained) {
        const found = grads[state.get(`compression.${last}`)!.name]!;
        assertNear(await found.data(), kept(`${name}/grad/${last}`), 5e-6, last);
      }
      tf.dispose([energy, cotangent, value, grads]);
      disposeState(state);
      assertEquals(tf.memory().numTensors, 0);
    },
  );
}

for (const kind of ["nnaudio", "fastaudio"]) {
  for (const values of [PAPER, LEAF]) {
    onBackends(
      ["wasm"],
      `${kind} and PCEN ${values.parameterisation}: the same features whatever is trained`,
      async () => {
        const waves = noise();
        const all: Float32Array[] = [];
        const lists = [[], ["mel"], ["stft"], ["stft", "mel"]].flatMap((
          parts,
        ) => [parts, [...parts, "pcen"]]);
        for (const trained of lists) {
          const frontend = await frontEnd(trained, values, kind);
          const state = stateOf(frontend);
          const cached = frontend.cache(waves);
          const features = tf.tidy(() => frontend.forward(state, cached, { training: false }));
          all.push(await features.data<"float32">());
          await assertTrained(frontend, state, cached);
          tf.dispose([cached, features]);
          disposeState(state);
        }
        for (const found of all) assertNear(found, all[0]!, 1e-3, "features");
        waves.dispose();
        assertEquals(tf.memory().numTensors, 0);
      },
    );
  }
}

Deno.test("frozen PCEN ends the frozen prefix, trained PCEN is behind what is cached", async () => {
  const named = async (trained: string[]) => {
    const { representations, frozen } = await frontEnd(trained, PAPER);
    return representations[frozen]!.name;
  };
  assertEquals(await named([]), "pcen");
  assertEquals(await named(["pcen"]), "mel");
  assertEquals(await named(["mel", "pcen"]), "power");
  assertEquals(await named(["stft"]), "waveform");
});

Deno.test("parameters beyond the original's limits count as on them, have no gradient, and are brought back", async () => {
  await openForTest("wasm");
  const frontend = await frontEnd(["pcen"], LEAF);
  const { kind, values } = frontend.steps.at(-1)!;
  const layer = (await kind.layer()).layer(values);
  const state = stateOf(frontend);
  const energy = tf.tensor3d(kept("energy"), [4, 40, 101]);
  for (
    const [last, beyond, limit, start] of [
      ["alpha", 1.5, 1, 0.96],
      ["delta", -3, Math.fround(1e-12), 2],
      ["r", 0.2, 1, 2],
      ["s", -0.1, 0, 0.04],
      ["s", 7, 1, 0.04],
    ] as const
  ) {
    const variable = state.get(`compression.${last}`)!;
    const set = (value: number) => tf.tidy(() => variable.assign(tf.fill(variable.shape, value)));
    const pass = () => {
      const { value, grads } = tf.variableGrads(
        () => tf.sum(layer.apply(state, energy, { training: true })) as tf.Scalar,
        [variable],
      );
      const found = [value, grads[variable.name]!].map((x) => [...x.dataSync()]);
      tf.dispose([value, grads]);
      return found as [number[], number[]];
    };
    set(limit);
    const [seen, gradient] = pass();
    assert(gradient.every((v) => Number.isFinite(v) && v !== 0), `${last}: ${gradient}`);
    set(beyond);
    assertEquals(pass(), [seen, gradient.map(() => 0)], last);
    layer.project(state);
    assertEquals([...variable.dataSync()], gradient.map(() => limit), last);
    set(start);
  }
  energy.dispose();
  disposeState(state);
  assertEquals(tf.memory().numTensors, 0);
});

Deno.test("what is learned of PCEN can be looked at: gain, bias, power and smoothing of each band", async () => {
  await openForTest("cpu");
  for (const values of [PAPER, LEAF]) {
    const { steps, specs } = await planSteps(
      (await frontEnd(["pcen"], values)).steps.map(({ spec }) => spec),
    );
    const state = createState({ specs }, Rng.fromSeed(0));
    const views = await viewsOf(steps.at(-1)!, state, 16000);
    const found = views.map((view) => view.type === "values" ? [view.name, view.unit, view.values[7]!] : []);
    assertEquals(found.map(([name]) => name), ["PCEN gain", "PCEN bias", "PCEN power", "PCEN smoothing"]);
    for (const [i, wanted] of [values.gain, 2, 0.5, values.smoothing].entries()) {
      assertAlmostEquals(found[i]![2] as number, wanted, 1e-6);
    }
    disposeState(state);
    assertEquals(tf.memory().numTensors, 0);
  }
});

/** Every trained tensor has a gradient that is finite and not zero. */
async function assertTrained(
  frontend: TestedFrontend,
  state: NetworkState,
  cached: tf.Tensor,
): Promise<void> {
  const trained = frontend.specs.filter(({ trainable }) => trainable).map(({ name }) => state.get(name)!);
  if (trained.length === 0) return;
  const { value, grads } = tf.variableGrads(
    () => tf.mean(tf.square(frontend.forward(state, cached, { training: true }))) as tf.Scalar,
    trained,
  );
  for (const { name } of trained) {
    const gradient = await grads[name]!.data();
    assert(gradient.every(Number.isFinite) && gradient.some((v) => v !== 0), name);
  }
  tf.dispose([value, grads]);
}

function stateOf(frontend: TestedFrontend): NetworkState {
  return createState(frontend, Rng.fromSeed(0));
}

function kept(name: string): Float32Array {
  return references.tensors.get(name)!.data as Float32Array;
}

function noise(): tf.Tensor2D {
  const rng = Rng.fromSeed("noise");
  const values = Float32Array.from(
    { length: 2 * 1600 },
    (_, i) => rng.normal() * (i % 1600 < 800 ? 0.001 : 0.2),
  );
  return tf.tensor2d(values, [2, 1600]);
}
