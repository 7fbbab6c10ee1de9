/** How networks behave in training: the same on every backend, they learn, what is frozen stays, nothing leaks. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import { type Setting, SETTINGS } from "../../../lib/frontends/contract.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import type { Network } from "../../../lib/models/network_contract.ts";
import { createState, disposeState } from "../../../lib/nn/state.ts";
import type { NetworkState } from "../../../lib/nn/types.ts";
import { openForTest, webGpuIsHere } from "../../support/backends.ts";
import { cacheOf, nnAudio } from "../frontends/papers.ts";
import { lossAndGradients, original, PlainSgd, type StepResult, trainedNames } from "./harness.ts";

const KINDS = ["linear", "bc_resnet", "ds_cnn", "matchboxnet"] as const;
/** Biases before a normalisation that removes any constant: their true gradient is zero. */
const CANCELLED = /^(conv1|conv|blocks\.\d\.(depthwise|pointwise))\.bias$/;
const SAMPLES = 1600;
const LABELS = [0, 2, 1, 2];

/** A smaller front-end of the same form. */
const SMALL = { n_fft: 240, hop_samples: 80, n_mels: 20, normalise: "batch" };

/** Tones in noise: no bin is near silence, so no gradient blows rounding up. */
function waves(clips = LABELS.length): tf.Tensor2D {
  const rng = Rng.fromSeed("tones");
  const values = Float32Array.from({ length: clips * SAMPLES }, (_, i) => {
    const [clip, n] = [Math.floor(i / SAMPLES), i % SAMPLES];
    return 0.3 * Math.sin((0.1 + 0.4 * LABELS[clip % LABELS.length]!) * n) + 0.1 * rng.normal();
  });
  return tf.tensor2d(values, [clips, SAMPLES]);
}

interface Made {
  readonly network: Network;
  readonly state: NetworkState;
  readonly features: tf.Tensor;
}

async function withNetwork(
  kind: (typeof KINDS)[number],
  setting: Setting,
  use: (made: Made) => Promise<void>,
): Promise<void> {
  const network = await buildNetwork(await nnAudio(setting, SMALL), original(kind), "clip", 3, SAMPLES);
  const state = createState(network, Rng.fromSeed(`${kind}-init`));
  const wave = waves();
  const features = cacheOf(network, wave);
  try {
    await use({ network, state, features });
  } finally {
    tf.dispose([wave, features]);
    disposeState(state);
  }
}

for (const kind of KINDS) {
  for (const setting of SETTINGS) {
    Deno.test({
      name: `${kind} in setting ${setting} has the same loss and gradients on every backend` +
        (webGpuIsHere() ? "" : " (webgpu: skipped, no adapter on this machine)"),
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => {
        assert(webGpuIsHere() || Deno.env.get("CI") !== "true", "a build server must have a WebGPU adapter");
        const results: StepResult[] = [];
        for (const backend of ["cpu", "wasm", ...(webGpuIsHere() ? ["webgpu" as const] : [])] as const) {
          await openForTest(backend);
          await withNetwork(kind, setting, async ({ network, state, features }) => {
            perturbNorms(state);
            results.push(await lossAndGradients(network, state, features, LABELS));
          });
        }
        for (const other of results.slice(1)) assertSameStep(other, results[0]!);
      },
    });
  }
}

for (const kind of KINDS) {
  Deno.test(`${kind} in setting D overfits one batch`, async () => {
    await openForTest("wasm");
    await withNetwork(kind, "D", async ({ network, state, features }) => {
      const first = await lossAndGradients(network, state, features, LABELS);
      const last = await train(network, state, features, kind === "linear" ? 0.01 : 0.1, 40);
      assert(last < 0.1 * first.loss, `loss went from ${first.loss} to ${last}`);
    });
  });

  for (const setting of SETTINGS) {
    Deno.test(`${kind} in setting ${setting} trains what is trainable and nothing else`, async () => {
      await openForTest("wasm");
      await withNetwork(kind, setting, async ({ network, state, features }) => {
        perturbNorms(state);
        const before = await snapshot(state);
        await train(network, state, features, 0.01, 2);
        const after = await snapshot(state);
        const trained = trainedNames(network);
        assertEquals(
          trained.filter((name) => name.startsWith("mel_layer")),
          {
            A: [],
            B: ["mel_layer.mel_basis"],
            C: ["mel_layer.stft.wcos", "mel_layer.stft.wsin"],
            D: ["mel_layer.stft.wcos", "mel_layer.stft.wsin", "mel_layer.mel_basis"],
          }[setting],
        );
        for (const spec of network.specs) {
          if (spec.trainable || spec.role === "buffer") {
            if (!CANCELLED.test(spec.name)) { // those may stay
              assertNotEquals(after.get(spec.name), before.get(spec.name), spec.name);
            }
          } else assertEquals(after.get(spec.name), before.get(spec.name), spec.name);
        }
      });
    });
  }

  Deno.test(`${kind} evaluates without changing its state or depending on the batch`, async () => {
    await openForTest("wasm");
    await withNetwork(kind, "D", async ({ network, state, features }) => {
      await train(network, state, features, 0.01, 1);
      const before = await snapshot(state);
      const logits = (x: tf.Tensor) => network.forward(state, x, { training: false });
      const all = await tf.tidy(() => logits(features)).data();
      const one = await tf.tidy(() => logits(tf.slice(features, [2, 0], [1, SAMPLES]))).data();
      one.forEach((value, i) => assert(Math.abs(value - all[2 * 3 + i]!) < 1e-5));
      assertEquals(await snapshot(state), before);
    });
  });
}

Deno.test("bc_resnet drops the same channels for the same generator and none in evaluation", async () => {
  await openForTest("wasm");
  await withNetwork("bc_resnet", "A", async ({ network, state, features }) => {
    const logits = (training: boolean, seed: number) =>
      tf.tidy(() => network.forward(state, features, { training, dropout: Rng.fromSeed(seed) })).data();
    assertEquals(await logits(true, 1), await logits(true, 1));
    assertNotEquals(await logits(true, 1), await logits(true, 2));
    assertEquals(await logits(false, 1), await logits(false, 2));
  });
});

for (const kind of KINDS) {
  Deno.test(`${kind} leaves no tensor behind in ten steps`, async () => {
    await openForTest("wasm");
    await withNetwork(kind, "D", async ({ network, state, features }) => {
      await train(network, state, features, 0.01, 1);
      const before = tf.memory().numTensors;
      await train(network, state, features, 0.01, 10);
      assertEquals(tf.memory().numTensors, before);
    });
  });
}

async function train(
  network: Network,
  state: NetworkState,
  features: tf.Tensor,
  rate: number,
  steps: number,
): Promise<number> {
  const optimizer = new PlainSgd(rate, 0.9);
  let loss = NaN;
  for (let step = 0; step < steps; step++) {
    const result = await lossAndGradients(network, state, features, LABELS);
    await optimizer.step(state, result.gradients);
    network.project(state);
    loss = result.loss;
  }
  return loss;
}

/**
 * Moves batch norm away from its initial values: there, without offsets, a relu followed by another batch norm undoes
 * any scale, and the true gradient of the scale is zero.
 */
function perturbNorms(state: NetworkState): void {
  for (const [name, variable] of state) {
    if (!/(bn|bn1|bn2)\.(weight|bias)$/.test(name)) continue;
    const rng = Rng.fromSeed(name);
    const noise = tf.tensor1d(Float32Array.from({ length: variable.size }, () => 0.1 * rng.normal()));
    tf.tidy(() => variable.assign(tf.add(variable, noise)));
    noise.dispose();
  }
}

async function snapshot(state: NetworkState): Promise<Map<string, Float32Array>> {
  const copies = new Map<string, Float32Array>();
  for (const [name, variable] of state) copies.set(name, (await variable.data() as Float32Array).slice());
  return copies;
}

/** To 1e-4 of each gradient's norm: the inputs are such that no relu is so near its kink that rounding flips it. */
function assertSameStep(actual: StepResult, wanted: StepResult): void {
  assert(
    Math.abs(actual.loss - wanted.loss) <= 1e-4 * wanted.loss,
    `loss ${actual.loss}, wanted ${wanted.loss}`,
  );
  for (const [name, gradient] of wanted.gradients) {
    if (CANCELLED.test(name)) continue; // rounding noise on every backend
    const found = actual.gradients.get(name)!;
    const norm = (of: (i: number) => number) =>
      Math.sqrt(gradient.reduce((sum, _, i) => sum + of(i) ** 2, 0));
    const error = norm((i) => found[i]! - gradient[i]!) / norm((i) => gradient[i]!);
    assert(error <= 1e-4, `gradient of ${name}: off by ${error}`);
  }
}
