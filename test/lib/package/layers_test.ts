/** Front-ends and models as layers: they compute what networks compute, learn, and are saved and loaded. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../lib/base/random.ts";
import type { FrontendSpec } from "../../../lib/frontends/contract.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import type { ModelSpec } from "../../../lib/models/contract.ts";
import { copied, createState, disposeState, frozenState } from "../../../lib/nn/state.ts";
import { FrontEndLayer, registerLayers, SpeechModelLayer } from "../../../lib/package/layers.ts";
import { openForTest } from "../../support/backends.ts";
import { fastAudio, frontendOf, nnAudio } from "../frontends/papers.ts";
import { BC_RESNET, soundOf } from "../incremental/streams.ts";

const SAMPLES = 4800;
const CLASSES = 3;

const NETWORKS: Readonly<Record<string, () => Promise<readonly [FrontendSpec, ModelSpec]>>> = {
  "nnaudio B, linear": async () => [await nnAudio("B"), { kind: "linear" }],
  "nnaudio D, bc_resnet": async () => [await nnAudio("D"), BC_RESNET],
  "fastaudio B, ds_cnn": async () => [await fastAudio("B"), { kind: "ds_cnn", size: "S" }],
  "mfcc A, matchboxnet": async () => [await frontendOf("mfcc", "A"), { kind: "matchboxnet" }],
  "leaf D, linear": async () => [await frontendOf("leaf", "D"), { kind: "linear" }],
};

for (const [name, specs] of Object.entries(NETWORKS)) {
  Deno.test(`layers compute what the network computes, before and after they are saved: ${name}`, async () => {
    await openForTest("wasm");
    await registerLayers(tf);
    const [frontend, model] = await specs();
    const layers = modelOf(frontend, model);
    const waves = batch();
    const own = layers.predict(waves) as tf.Tensor;
    assertEquals(own.shape, [2, CLASSES]);

    const network = await buildNetwork(frontend, model, "clip", CLASSES, SAMPLES);
    const rng = Rng.fromSeed(7).fork("init");
    const state = new Map([...frozenState(network), ...createState(network, rng)]);
    const wanted = tf.tidy(() => network.forward(state, waves, { training: false }, 0));
    assertClose(await copied(own), await copied(wanted));

    let saved: tf.io.ModelArtifacts | undefined;
    await layers.save(tf.io.withSaveHandler((artifacts) => {
      saved = JSON.parse(JSON.stringify({ ...artifacts, weightData: undefined }));
      saved!.weightData = artifacts.weightData!;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } });
    }));
    const text = JSON.stringify(saved!.modelTopology);
    assert(text.includes('"TrainableFrontEnd"') && text.includes('"SpeechModel"'), text);
    assertEquals(saved!.weightSpecs!.length, network.specs.length);
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved!));
    assertEquals(await copied(loaded.predict(waves) as tf.Tensor), await copied(own));
    disposeState(state);
    layers.dispose();
    loaded.dispose();
    tf.dispose([waves, own, wanted]);
  });
}

Deno.test("layers learn: the loss falls, trained parts move, others keep their bytes, and nothing leaks", async () => {
  await openForTest("wasm");
  await registerLayers(tf);
  const before = tf.memory().numTensors;
  const layers = modelOf(await nnAudio("B"), { kind: "linear" });
  layers.add(tf.layers.softmax());
  layers.compile({ optimizer: tf.train.adam(1e-3), loss: "sparseCategoricalCrossentropy" });
  const waves = batch();
  const labels = tf.tensor1d([0, 2], "float32");
  const mel = layers.layers[0]!.weights.find(({ name }) => name.includes("mel_basis"))!;
  const start = await copied(mel.read());
  const { history } = await layers.fit(waves, labels, { epochs: 5, batchSize: 2 });
  const losses = history["loss"] as number[];
  assert(losses.at(-1)! < 0.7 * losses[0]!, `${losses}`);
  const end = await copied(mel.read());
  assert(end.some((value, i) => value !== start[i]));
  assertEquals(layers.layers[0]!.trainableWeights.length, 1);
  const held = tf.memory().numTensors;
  await layers.fit(waves, labels, { epochs: 2, batchSize: 2 });
  assertEquals(tf.memory().numTensors, held);
  const { optimizer } = layers;
  layers.dispose();
  optimizer.dispose();
  tf.dispose([waves, labels]);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("another copy of TensorFlow.js is refused", async () => {
  await assertRejects(
    () => registerLayers({ layers: { Layer: class {} } }),
    Error,
    "two copies of @tensorflow/tfjs",
  );
});

function modelOf(frontend: FrontendSpec, model: ModelSpec): tf.Sequential {
  return tf.sequential({
    layers: [
      new FrontEndLayer({ frontend, seed: 7, inputShape: [SAMPLES] }),
      new SpeechModelLayer({ model, classes: CLASSES, seed: 7 }),
    ],
  });
}

function batch(): tf.Tensor2D {
  return tf.tidy(() =>
    tf.stack([soundOf(SAMPLES, "a"), soundOf(SAMPLES, "b")].map((w) => tf.tensor1d(w)))
  ) as tf.Tensor2D;
}

function assertClose(found: Float32Array, wanted: Float32Array): void {
  const most = Math.max(...wanted.map(Math.abs));
  const apart = Math.max(...found.map((value, i) => Math.abs(value - wanted[i]!)));
  assert(apart <= 1e-5 * most, `${found}, wanted ${wanted}`);
}
