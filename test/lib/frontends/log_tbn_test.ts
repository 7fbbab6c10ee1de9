/** EfficientLEAF's logs: values and gradients of the original, finite differences, channels, what is cached and shown. */
import * as tf from "@tensorflow/tfjs";
import { assertEquals, assertThrows } from "@std/assert";
import type { JsonObject } from "../../../lib/base/json.ts";
import { readTensors } from "../../../lib/formats/safetensors_io.ts";
import { makeFrontend } from "../../../lib/frontends/front_end.ts";
import { viewsOf } from "../../../lib/frontends/open.ts";
import { copied, createState, disposeState } from "../../../lib/nn/state.ts";
import { Rng } from "../../../lib/base/random.ts";
import type { NetworkState } from "../../../lib/nn/types.ts";
import { onEveryBackend, openForTest } from "../../support/backends.ts";
import { assertNear } from "../kernels/op_check.ts";
import { configOf, opened, type TestedFrontend } from "./papers.ts";

const tensorsOf = (path: string) =>
  readTensors(new URL(`../../fixtures/${path}`, import.meta.url).pathname).tensors;
const references = tensorsOf("log_tbn/references.safetensors");
const energies = tensorsOf("pcen/references.safetensors").get("energy")!.data as Float32Array;
const kept = (name: string) => references.get(name)!.data as Float32Array;
/** Results are kept at every so many places. */
const STEP = 13;
const every = (values: Float32Array) => values.filter((_, i) => i % STEP === 0);

const [PARAMETERS, BUFFERS] = [["log1p.a", "TBN.bn.weight", "TBN.bn.bias"], [
  "TBN.bn.running_mean",
  "TBN.bn.running_var",
]];

function frontEnd(
  median: boolean,
  trained: readonly string[] = ["log_tbn"],
  changes: JsonObject = {},
): Promise<TestedFrontend> {
  const { config, context } = configOf("nnaudio", changes);
  const compression = { kind: "log_tbn", a: 5, median };
  return makeFrontend(config, { ...context, trained, compression }).then(opened);
}

function stateOf({ frozenSpecs, specs }: TestedFrontend): NetworkState {
  return createState({ specs: [...frozenSpecs, ...specs] }, Rng.fromSeed("log_tbn"));
}

async function layerOf(frontend: TestedFrontend) {
  const { kind, values } = frontend.steps.at(-1)!;
  return (await kind.layer()).layer(values);
}

for (const [name, median] of [["log_tbn", false], ["log_tbn_median", true]] as const) {
  onEveryBackend(`${name} gives the original's values and gradients from its own tensors`, async () => {
    const frontend = await frontEnd(median);
    const shape = median ? [4, 2, 40, 101] : [4, 40, 101];
    const [state, layer] = [stateOf(frontend), await layerOf(frontend)];
    const variables = PARAMETERS.map((last) => state.get(`compression.${last}`)!);
    const energy = tf.tidy(() => tf.variable(tf.tensor3d(energies, [4, 40, 101])));
    const cotangent = tf.tensor(kept(`${name}/cotangent`), shape);
    const seen = tf.tidy(() => layer.apply(state, energy, { training: true }));
    assertEquals(seen.shape, shape);
    assertNear(every(await seen.data<"float32">()), kept(`${name}/out`), 1e-5, "values");
    const { value, grads } = tf.variableGrads(
      () => tf.sum(tf.mul(layer.apply(state, energy, { training: true }), cotangent)) as tf.Scalar,
      [...variables, energy],
    );
    for (const [i, last] of PARAMETERS.entries()) {
      // Batch norm takes off all but a little of what the exponent does: its gradient is a small difference.
      const tolerance = last === "log1p.a" ? 1e-3 : 1e-5;
      assertNear(await grads[variables[i]!.name]!.data(), kept(`${name}/grad/${last}`), tolerance, last);
    }
    const ofInput = await grads[energy.name]!.data<"float32">();
    assertNear(every(ofInput), kept(`${name}/grad/input`), 1e-5, "gradient of the input");
    tf.dispose([energy, cotangent, seen, value, grads]);
    disposeState(state);
    assertEquals(tf.memory().numTensors, 0, "tensors left over");
  });
}

onEveryBackend("log_tbn's gradients are those of finite differences", async () => {
  const [bands, frames] = [3, 11];
  const frontend = await frontEnd(true, ["log_tbn"], { n_mels: bands });
  const [state, layer] = [stateOf(frontend), await layerOf(frontend)];
  const rng = Rng.fromSeed("differences");
  const drawn = (size: number, draw: () => number) => Float32Array.from({ length: size }, draw);
  const energy = tf.tensor3d(drawn(bands * frames, () => rng.uniform(0.01, 1)), [1, bands, frames]);
  const weights = tf.tensor(drawn(2 * bands * frames, () => rng.normal()), [1, 2, bands, frames]);
  const loss = () => tf.sum(tf.mul(layer.apply(state, energy, { training: true }), weights)) as tf.Scalar;
  // A low exponent, where ln(1 + 10^a x) is no logarithm yet and batch norm leaves something of it.
  tf.tidy(() => state.get("compression.log1p.a")!.assign(tf.fill([bands], 0.5)));
  for (const last of PARAMETERS) {
    const variable = state.get(`compression.${last}`)!;
    const { value, grads } = tf.variableGrads(loss, [variable]);
    const start = await copied(variable);
    const numeric: number[] = [];
    for (const at of start.keys()) {
      const moved = async (by: number) => {
        const sum = tf.tidy(() => {
          variable.assign(tf.tensor(start.map((v, i) => i === at ? v + by : v), variable.shape));
          return loss();
        });
        const [found] = await sum.data();
        sum.dispose();
        return found!;
      };
      numeric.push((await moved(0.02) - await moved(-0.02)) / 0.04);
    }
    tf.tidy(() => variable.assign(tf.tensor(start, variable.shape)));
    assertNear(numeric, await grads[variable.name]!.data(), 5e-3, last);
    tf.dispose([value, grads]);
  }
  tf.dispose([energy, weights]);
  disposeState(state);
  assertEquals(tf.memory().numTensors, 0, "tensors left over");
});

Deno.test("what log_tbn gives is said: channels, bands, time, and nothing behind the energies is cached", async () => {
  const named = async (median: boolean, trained: string[]) => {
    const { representations, frozen, specs } = await frontEnd(median, trained);
    const { name, axes } = representations.at(-1)!;
    const sizes = axes.map((axis) => `${axis.name} ${axis.size}`).join(", ");
    const values = specs.filter(({ trainable }) => trainable).map(({ group, shape }) => `${group} ${shape}`);
    return [representations[frozen]!.name, name, sizes, ...values];
  };
  assertEquals(await named(false, []), ["mel", "log_tbn", "band 40, time null"]);
  assertEquals(await named(true, ["log_tbn"]), [
    "mel",
    "log_tbn_median",
    "channel 2, band 40, time null",
    "log_tbn 40",
    "log_tbn 80",
    "log_tbn 80",
  ]);
});

Deno.test("log_tbn's tensors are called as the original's modules, its statistics are buffers", async () => {
  const { specs } = await frontEnd(true);
  const named = specs.map(({ name, role }) => `${role} ${name}`);
  assertEquals(named, [
    ...PARAMETERS.map((last) => `parameter compression.${last}`),
    ...BUFFERS.map((last) => `buffer compression.${last}`),
  ]);
});

Deno.test("levelling steps take channels, other steps say what they want", async () => {
  for (const normalise of ["batch", "clip_mean"]) {
    const { config, context } = configOf("nnaudio", { normalise });
    const compression = { kind: "log_tbn", a: 5, median: true };
    const { representations, shown } = await opened(await makeFrontend(config, { ...context, compression }));
    assertEquals(representations.at(-1)!.axes.map(({ name }) => name), ["channel", "band", "time"]);
    assertEquals(representations[shown]!.name, "log_tbn_median");
  }
  const { kind, values } = (await frontEnd(true)).steps.at(-1)!;
  const output = (await frontEnd(true)).representations.at(-1)!;
  assertThrows(() => kind.output(values, output), RangeError, "wanted axes of band and time");
});

Deno.test("log_tbn is looked at by its exponents, scales and offsets, one number for each band", async () => {
  await openForTest("cpu");
  const frontend = await frontEnd(true);
  const state = stateOf(frontend);
  const views = await viewsOf(frontend.steps.at(-1)!, state, 16000);
  assertEquals(
    views.map((view) => view.type === "values" ? [view.values.length, view.values[0]] : []),
    [[40, 5], [40, 1], [40, 0]],
  );
  disposeState(state);
});
