/** What front-ends of filters do beyond the originals' numbers. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import type { JsonObject } from "../../../../lib/base/json.ts";
import { Rng } from "../../../../lib/base/random.ts";
import { loadFrontend } from "../../../../lib/frontends/front_end.ts";
import { viewsOf } from "../../../../lib/frontends/open.ts";
import { linear } from "../../../../lib/kernels/linear/op.ts";
import { softmaxCrossEntropy } from "../../../../lib/kernels/softmax_cross_entropy/op.ts";
import { createState, disposeState } from "../../../../lib/nn/state.ts";
import { openForTest } from "../../../support/backends.ts";
import { opened } from "../papers.ts";
import { frontEnd, groupOf } from "./front_ends.ts";

/** Small ones. */
const SMALL = { n_mels: 6, pool_samples: 81, hop_samples: 40 };
const CASES: Readonly<
  Record<string, {
    readonly changes: JsonObject;
    readonly compression: string;
    /** Of such resolution that where filters lie can be seen. */
    readonly fine: JsonObject;
  }>
> = {
  tdfbanks: { changes: { ...SMALL, taps: 61, f_min_hz: 300 }, compression: "log", fine: { taps: 401 } },
  sincnet: { changes: { ...SMALL, taps: 61 }, compression: "layer_norm", fine: { taps: 401 } },
  efficientleaf: {
    changes: { ...SMALL, groups: 3, f_min_hz: 300, floor: 1e-5 },
    compression: "log",
    fine: { pool_samples: 401 },
  },
};

for (const [name, { changes, compression, fine }] of Object.entries(CASES)) {
  const made = (trained: readonly string[], more: JsonObject = {}) =>
    frontEnd(name, trained, { ...changes, ...more }, compression);

  Deno.test(`${name}: each part is trained by itself, and what nothing trains is cached`, async () => {
    const { parts } = await loadFrontend(name);
    for (const part of Object.keys(parts)) {
      const chain = await opened(await made([part], name === "sincnet" ? { pooling: "gaussian" } : {}));
      const trained = chain.specs.filter(({ trainable }) => trainable);
      assert(trained.length > 0, part);
      assertEquals(trained.map(({ group }) => group), trained.map(() => part));
      assertEquals(chain.frozen, 0);
    }
    assertEquals((await opened(await made([]))).frozen, 2);
    if (compression === "layer_norm") assertEquals((await opened(await made([compression]))).frozen, 1);
  });

  Deno.test(`${name}: a clip gives the same alone and, padded, beside longer ones`, async () => {
    await openForTest("wasm");
    const chain = await opened(await made(["filters"], { normalise: "none" }));
    const state = createState(chain, Rng.fromSeed(1));
    const rng = Rng.fromSeed(2);
    const [short, long] = [790, 1203].map((samples) =>
      Float32Array.from({ length: samples }, () => rng.normal())
    );
    const frames = Int32Array.from([short!, long!], ({ length }) => chain.framing.frames(length));
    const { alone, beside } = tf.tidy(() => {
      const both = tf.stack([
        tf.pad(tf.tensor1d(short!), [[0, long!.length - short!.length]]),
        tf.tensor1d(long!),
      ]);
      const beside = chain.forward(state, both, { training: false, frames });
      return {
        alone: chain.forward(state, tf.tensor2d(short!, [1, short!.length]), { training: false }),
        beside: tf.slice(beside, [0, 0, 0], [1, -1, frames[0]!]),
      };
    });
    assertEquals(alone.shape[2], frames[0]);
    const wanted = await alone.data();
    const largest = Math.max(...wanted.map(Math.abs));
    (await beside.data()).forEach((value, i) =>
      assert(Math.abs(value - wanted[i]!) <= 1e-5 * largest, `at ${i}`)
    );
    tf.dispose([alone, beside]);
    disposeState(state);
  });

  Deno.test(`${name} learns one batch by heart with filters and pooling trained, and leaves nothing`, async () => {
    await openForTest("wasm");
    const before = tf.memory().numTensors;
    const more = name === "sincnet" ? { pooling: "gaussian" } : {};
    const chain = await opened(await made(["filters", "pooling"], { ...more, normalise: "batch" }));
    const state = createState(chain, Rng.fromSeed(1));
    const rng = Rng.fromSeed(3);
    const [clips, samples, classes] = [8, 800, 4];
    const waves = tf.tensor2d(Float32Array.from({ length: clips * samples }, () => 0.1 * rng.normal()), [
      clips,
      samples,
    ]);
    const labels = tf.tensor1d(Int32Array.from({ length: clips }, (_, i) => i % classes), "int32");
    const inputs = 6 * chain.framing.frames(samples);
    const weight = tf.tidy(() => tf.variable(tf.zeros([classes, inputs]))) as tf.Variable<tf.Rank.R2>;
    const optimizer = tf.train.adam(0.003);
    const loss = () =>
      softmaxCrossEntropy(
        linear(
          tf.reshape(chain.forward(state, waves, { training: true }), [clips, inputs]) as tf.Tensor2D,
          weight,
        ),
        labels,
      ) as tf.Scalar;
    const trained = [...state.values()].filter((variable) => variable.trainable);
    const start = trained.map((variable) => variable.dataSync().slice());
    let last = Infinity;
    for (let step = 0; step < 40; step++) {
      const value = optimizer.minimize(loss, true, [weight, ...trained])!;
      last = value.dataSync()[0]!;
      value.dispose();
      chain.project(state);
    }
    assert(last < 0.05, `a loss of ${last}`);
    trained.forEach((variable, i) =>
      assert(variable.dataSync().some((value, at) => value !== start[i]![at]), `${variable.name} stays`)
    );
    optimizer.dispose();
    tf.dispose([waves, labels, weight]);
    disposeState(state);
    assertEquals(tf.memory().numTensors, before);
  });

  Deno.test(`${name} shows where its filters lie`, async () => {
    await openForTest("wasm");
    const chain = await opened(await made(["filters"], { ...fine, f_min_hz: 100 }));
    const state = createState(chain, Rng.fromSeed(1));
    const [filters] = await viewsOf(chain.steps[0]!, state, 16000);
    if (filters?.type !== "filters") throw new Error(`No filters but ${filters?.type}`);
    assertEquals([filters.bands, filters.weights.length, filters.binsHz[1]], [6, 6 * 1025, 7.8125]);
    const centres = [...filters.centresHz];
    assertEquals(centres, centres.toSorted((a, b) => a - b));
    assert(centres[0]! > 100 && centres[5]! < 7500, `${centres}`);
    disposeState(state);
  });
}

Deno.test("what does not fit is refused in a sentence that names the settings", async () => {
  const refused = async (
    name: string,
    changes: JsonObject,
    { clipSamples = 16000, trained = [] }: { clipSamples?: number | null; trained?: string[] } = {},
  ) => {
    const config = { ...groupOf("frontend", name), ...changes };
    const { schema, check } = await loadFrontend(config.kind);
    const context = {
      ...{ sampleRate: 16000, clipSamples, seed: 0, trained },
      compression: { kind: "log" },
    };
    return check(schema.parse(config), context).map(({ path, message }) => `${path.join(".")}: ${message}`);
  };
  for (const name of Object.keys(CASES)) assertEquals(await refused(name, {}), []);
  for (const name of ["tdfbanks", "sincnet"]) {
    assertEquals(await refused(name, { taps: 401 }, { clipSamples: 400 }), [
      "frontend.taps: wanted at most the clip's 400 samples (dataset.clip_samples), found 401",
      "frontend.pool_samples: wanted at most the clip's 400 samples (dataset.clip_samples), found 401",
    ]);
    assertEquals(await refused(name, { taps: 400 }), ["frontend.taps: wanted an odd number, found 400"]);
    assertEquals(await refused(name, { f_max_hz: 9000 }), [
      "frontend.f_max_hz: wanted f_min_hz < f_max_hz <= 8000 (half the sample rate), found " +
      `${groupOf("frontend", name).f_min_hz} and 9000`,
    ]);
    assertEquals((await refused(name, { hop_samples: 500 })).length, 1);
    assertEquals((await refused(name, { frames: "tensorflow" }, { clipSamples: null })).length, 1);
  }
  assertEquals((await refused("tdfbanks", { n_mels: 128, f_max_hz: 400 })).length, 1);
  assertEquals(await refused("efficientleaf", { groups: 41 }), [
    "frontend.groups: wanted at most n_mels = 40, one filter a group, found 41",
  ]);
  assertEquals(await refused("efficientleaf", {}, { clipSamples: 400 }), [
    "frontend.pool_samples: wanted at most the clip's 400 samples (dataset.clip_samples), found 401",
  ]);
  assertEquals(await refused("efficientleaf", { pool_samples: 402 }), [
    "frontend.pool_samples: wanted an odd number, found 402",
  ]);
  assertEquals((await refused("sincnet", {}, { trained: ["pooling"] })).length, 1);
  assertEquals(await refused("sincnet", { pooling: "gaussian", pool_samples: 400 }), [
    "frontend.pool_samples: wanted an odd number for pooling: gaussian, whose window has a middle, found 400",
  ]);
});
