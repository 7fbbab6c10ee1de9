/** Both recognizers with the nnAudio front-end against PyTorch, on every backend that has kernels for them. */
import * as tf from "@tensorflow/tfjs";
import { assert } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import type { Setting } from "../../../lib/frontends/contract.ts";
import { ctcLoss } from "../../../lib/kernels/ctc_loss/op.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import type { Network } from "../../../lib/models/network_contract.ts";
import { createState, disposeState } from "../../../lib/nn/state.ts";
import type { NetworkState } from "../../../lib/nn/types.ts";
import { createOptimizer } from "../../../lib/train/optimizer.ts";
import { Golden } from "../../fixtures/golden/golden.ts";
import { onBackends } from "../../support/backends.ts";
import { ADAM } from "../../support/rules.ts";
import { cacheOf, nnAudio } from "../frontends/papers.ts";
import { plain } from "./harness.ts";

type Kind = "linear" | "bc_resnet";

interface Case {
  readonly network: Network;
  readonly state: NetworkState;
  readonly features: tf.Tensor;
}

const CLASSES = 62;
const golden = new Golden("asr");
const FOLDER = { linear: "asr_linear", bc_resnet: "asr_bcresnet" } as const;
/** The composites take minutes on cpu; `ops_test.ts` holds the kernels against them. */
const FAST = ["wasm", "webgpu"] as const;

// Tolerances, relative to the largest value: some ten times float32's own error in PyTorch, as its manifest tells it.
for (const setting of ["A", "D"] as const) {
  onBackends(FAST, `linear recognizer in setting ${setting} gives PyTorch's logits and loss`, async () => {
    await withCase("linear", setting, async (made) => {
      golden.check(`asr_linear/${setting}_n/logits`, await logits(made, true), 1e-5);
      golden.check(`asr_linear/${setting}_n/loss`, await loss(made), 1e-6);
    });
  });

  onBackends(FAST, `bc_resnet recognizer in setting ${setting} gives PyTorch's logits and loss`, async () => {
    await withCase("bc_resnet", setting, async (made) => {
      golden.check(`asr_bcresnet/${setting}_n_eval/logits`, await logits(made, false), 1e-5);
      golden.check(`asr_bcresnet/${setting}_n_eval/loss`, await loss(made, false), 1e-6);
      golden.check(`asr_bcresnet/${setting}_n_train/loss`, await loss(made), 2e-6);
      golden.check(`asr_bcresnet/${setting}_n_train/logits`, await logits(made, true), 1e-4);
    });
  });
}

onBackends(FAST, "linear recognizer in setting D gives PyTorch's gradients", async () => {
  await withCase("linear", "D", async (made) => {
    const gradients = await gradientsOf(made);
    for (const name of golden.names("asr_linear/D_n/grad")) {
      golden.check(`asr_linear/D_n/grad/${name}`, gradients.get(name)!, 1e-4);
    }
  });
});

onBackends(
  ["cpu"],
  "bc_resnet recognizer in setting D gives PyTorch's gradients and statistics",
  async () => {
    await withCase("bc_resnet", "D", async (made) => {
      const gradients = await gradientsOf(made);
      for (const name of golden.names("asr_bcresnet/D_n_train/after_forward")) {
        golden.check(
          `asr_bcresnet/D_n_train/after_forward/${name}`,
          await made.state.get(name)!.data() as Float32Array,
          1e-5,
        );
      }
      for (const name of golden.names("asr_bcresnet/D_n_train/grad")) {
        // Batch norm removes any constant: the true gradient is 0 and both sides hold rounding noise.
        if (name === "conv1.bias") assert(gradients.get(name)!.every((g) => Math.abs(g) < 1e-4));
        else golden.check(`asr_bcresnet/D_n_train/grad/${name}`, gradients.get(name)!, 1e-3);
      }
    });
  },
);

// Tolerances: ten times the distance of PyTorch's float32 from its float64, at least 1e-6.
const STEPS: readonly [Kind, Setting, key: string, lr: number, tolerance: number][] = [
  ["linear", "A", "A_n_adam_losses", 1e-3, 1e-6],
  ["linear", "B", "B_n_adam_losses", 1e-3, 2e-6],
  ["linear", "C", "C_n_adam_losses", 1e-3, 4e-6],
  ["linear", "D", "D_n_adam/losses", 1e-3, 2e-6],
  ["linear", "D", "D_n_adam/losses_small_lr", 1e-5, 1e-5],
  ["bc_resnet", "A", "A_n_adam_losses", 1e-3, 1.5e-4],
  ["bc_resnet", "B", "B_n_adam_losses", 1e-3, 1e-3],
  ["bc_resnet", "C", "C_n_adam_losses", 1e-3, 1.2e-3],
  ["bc_resnet", "D", "D_n_adam/losses", 1e-3, 1e-3],
  ["bc_resnet", "D", "D_n_adam/losses_small_lr", 1e-5, 2e-3],
];

for (const [kind, setting, key, lr, tolerance] of STEPS) {
  const name = `${FOLDER[kind]}/${key}`;
  // A software WebGPU adapter takes ten seconds for BC-ResNet's steps: the settings between are left to wasm.
  const backends = kind === "bc_resnet" && (setting === "B" || setting === "C") ? ["wasm"] as const : FAST;
  onBackends(backends, `recognizer goes through PyTorch's losses under Adam: ${name}`, async () => {
    await withCase(kind, setting, async (made) => {
      const count = golden.sample(name).values.length;
      golden.check(name, await lossesUnderAdam(made, lr, count), tolerance);
    });
  });
}

async function withCase(
  kind: Kind,
  setting: Setting,
  check: (made: Case) => Promise<void>,
): Promise<void> {
  const network = await buildNetwork(await nnAudio(setting), plain(kind), "frame", CLASSES, null);
  const state = createState(network, Rng.fromSeed(0));
  for (const name of golden.names(`${FOLDER[kind]}/init`)) {
    const variable = state.get(name);
    if (variable === undefined) { // a front-end tensor before the network's input
      assert(name.startsWith("mel_layer."), name);
      continue;
    }
    const { values, shape } = golden.array(`${FOLDER[kind]}/init/${name}`);
    const tensor = tf.tensor(values, shape, "float32");
    variable.assign(tensor);
    tensor.dispose();
  }
  const waves = tf.tensor2d(golden.array("input_n").values, [4, 16000], "float32");
  const features = cacheOf(network, waves);
  try {
    await check({ network, state, features });
  } finally {
    tf.dispose([waves, features]);
    disposeState(state);
  }
}

async function logits({ network, state, features }: Case, training: boolean): Promise<Float32Array> {
  const made = tf.tidy(() => network.forward(state, features, { training }));
  const values = await made.data<"float32">();
  made.dispose();
  return values;
}

async function loss(made: Case, training = true): Promise<Float32Array> {
  const value = tf.tidy(() => lossTensor(made, training));
  const values = await value.data<"float32">();
  value.dispose();
  return values;
}

/** As the original code: all frames go through the network, fewer count in the loss. */
function lossTensor({ network, state, features }: Case, training: boolean): tf.Scalar {
  const whole = (name: string) => golden.array(name).values as Int32Array;
  return ctcLoss(network.forward(state, features, { training }) as tf.Tensor3D, {
    labels: whole("labels"),
    labelLengths: whole("label_lengths"),
    frames: whole("input_lengths"),
  });
}

async function gradientsOf(made: Case): Promise<ReadonlyMap<string, Float32Array>> {
  const trained = made.network.specs.filter((spec) => spec.trainable).map(({ name }) =>
    made.state.get(name)!
  );
  const names = made.network.specs.filter((spec) => spec.trainable).map(({ name }) => name);
  const { value, grads } = tf.tidy(() => tf.variableGrads(() => lossTensor(made, true), trained));
  const gradients = new Map<string, Float32Array>();
  for (const [i, name] of names.entries()) {
    gradients.set(name, await grads[trained[i]!.name]!.data() as Float32Array);
  }
  tf.dispose([value, ...Object.values(grads)]);
  return gradients;
}

/** Losses before each step. */
async function lossesUnderAdam(made: Case, lr: number, count: number): Promise<Float32Array> {
  const { network, state } = made;
  const group = { lr, weightDecay: 0, clipNorm: null };
  const optimizer = createOptimizer(
    { model: group, stft: group, mel: group },
    ADAM,
    network.specs,
    state,
  );
  const trained = network.specs.filter((spec) => spec.trainable);
  const found = new Float32Array(count);
  for (let step = 0; step < count; step++) {
    const value = tf.tidy(() => {
      const made_ = tf.variableGrads(
        () => lossTensor(made, true),
        trained.map(({ name }) => state.get(name)!),
      );
      const gradients = new Map(trained.map(({ name }) => [name, made_.grads[state.get(name)!.name]!]));
      optimizer.step(gradients, 1);
      network.project(state);
      return made_.value;
    });
    found[step] = (await value.data())[0]!;
    value.dispose();
  }
  optimizer.dispose();
  return found;
}
