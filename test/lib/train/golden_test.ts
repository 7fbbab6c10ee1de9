/** Steps of training against the losses that PyTorch found with the original code from the same state. */
import { assert } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { openBackend } from "../../../lib/backend/backend_io.ts";
import { Rng } from "../../../lib/base/random.ts";
import { applyPrefix } from "../../../lib/frontends/prefix.ts";
import { type FrontendSpec, prefixSpec, type Setting, trainableOf } from "../../../lib/frontends/spec.ts";
import { softmaxCrossEntropy } from "../../../lib/kernels/softmax_cross_entropy/op.ts";
import { buildNetwork, createState, disposeState, type ModelSpec } from "../../../lib/models/network.ts";
import type { Network } from "../../../lib/nn/types.ts";
import { createOptimizer } from "../../../lib/train/optimizer.ts";
import { classifier } from "../../../lib/train/classifier.ts";
import { trainStep } from "../../../lib/train/step.ts";
import { Golden } from "../../fixtures/golden/golden.ts";

await openBackend("wasm");
const golden = new Golden();

const MODELS: Readonly<Record<string, ModelSpec>> = {
  linear: { kind: "linear" },
  bcresnet: { kind: "bc_resnet", dropout: { transition: 0, broadcasted: 0 } },
};

/** Losses before each of the first steps: momentum 0.9, weight decay 1e-3 on everything, one batch of four clips. */
async function losses(model: string, setting: Setting, lr: number, count: number): Promise<number[]> {
  const frontend: FrontendSpec = {
    kind: "nnaudio",
    sampleRate: 16000,
    nFft: 480,
    hopSamples: 160,
    nMels: 40,
    fMinHz: 0,
    fMaxHz: 8000,
    powerEpsilon: "original",
    mask: null,
    randomMel: null,
    normalise: "none",
    trainable: trainableOf(setting),
  };
  const network = goldenNetwork(buildNetwork(frontend, MODELS[model]!, 12, 16000), model);
  const state = createState(network, Rng.fromSeed(0));
  const group = { lr, weight_decay: 1e-3, clip_norm: null };
  const optimizer = createOptimizer(
    { kind: "sgd", momentum: 0.9, model: group, stft: group, mel: group },
    network.specs,
    state,
  );
  const waves = golden.array("input_n").values as Float32Array;
  const features = tf.tidy(() => applyPrefix(prefixSpec(frontend), tf.tensor2d(waves, [4, 16000])));
  const batch = {
    features: (await features.data<"float32">()).slice(),
    labels: golden.array("labels").values as Int32Array,
  };
  features.dispose();
  const learner = classifier(network, softmaxCrossEntropy);
  const found = [];
  for (let i = 0; i < count; i++) {
    const options = { rateFactor: 1, dropout: Rng.fromSeed(i) };
    const step = await trainStep({ learner, state, optimizer }, batch, options);
    found.push(step.loss);
  }
  optimizer.dispose();
  disposeState(state);
  return found;
}

/** The same network, starting from the reference's parameters where they are not a formula. */
function goldenNetwork(network: Network, model: string): Network {
  const known = new Set(golden.names(`${model}/init`));
  const specs = network.specs.map((spec) =>
    known.has(spec.name)
      ? { ...spec, init: () => golden.array(`${model}/init/${spec.name}`).values as Float32Array }
      : spec
  );
  return { ...network, specs };
}

// Relative tolerances. Linear: these losses agree between float32 and float64 to 1e-5. BC-ResNet: a relu whose input
// is within rounding of zero falls on either side, which moves single gradients by a percent.
const CASES: readonly [model: string, setting: Setting, lr: number, key: string, tolerance: number][] = [
  ["linear", "A", 1e-3, "linear/A_n_sgd_losses", 5e-5],
  ["linear", "C", 1e-3, "linear/C_n_sgd_losses", 1e-4],
  ["linear", "D", 1e-3, "linear/D_n_sgd/losses", 1e-4],
  ["linear", "D", 1e-6, "linear/D_n_sgd/losses_small_lr", 2e-5],
  ["bcresnet", "A", 1e-3, "bcresnet/A_n_sgd_losses", 1e-3],
  ["bcresnet", "C", 1e-3, "bcresnet/C_n_sgd_losses", 1e-3],
];

for (const [model, setting, lr, key, tolerance] of CASES) {
  Deno.test(`trainStep() goes through PyTorch's losses: ${key}`, async () => {
    const wanted = golden.sample(key).values;
    const found = await losses(model, setting, lr, wanted.length);
    wanted.forEach((loss, i) => {
      const error = Math.abs(found[i]! - loss) / loss;
      assert(error < tolerance, `step ${i + 1}: found ${found[i]}, wanted ${loss}, off by ${error}`);
    });
  });
}
