/** The fastaudio front-end against PyTorch, on cpu and wasm. Tolerances: some ten times float32's own error. */
import { assert, assertAlmostEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { initialBands } from "../../../lib/audio/band_filters.ts";
import { Rng } from "../../../lib/base/random.ts";
import { buildFrontend, type Frontend } from "../../../lib/frontends/chain.ts";
import { filterBank, limitWidths } from "../../../lib/frontends/filter_bank.ts";
import { applyPrefix } from "../../../lib/frontends/prefix.ts";
import { prefixSpec, type Setting } from "../../../lib/frontends/spec.ts";
import { buildNetwork, createState, disposeState } from "../../../lib/models/network.ts";
import type { Network, NetworkState } from "../../../lib/nn/types.ts";
import { Golden } from "../../fixtures/golden/golden.ts";
import { openForTest } from "../../support/backends.ts";
import { lossAndGradients, paperFastAudio, PlainSgd } from "../models/harness.ts";

const golden = new Golden();
const BACKENDS = ["cpu", "wasm"] as const;
const PAPER = { sampleRate: 16000, fMinHz: 0, fMaxHz: 8000 };

for (const nMels of [10, 20, 30, 40]) {
  Deno.test(`initialBands() and filterBank() give the original's ${nMels} filters`, async () => {
    await openForTest("wasm");
    const spec = { ...PAPER, nMels };
    const { centres, widths } = initialBands(spec);
    golden.check(`fastaudio/f_central_${nMels}`, centres, 1e-6);
    golden.check(`fastaudio/band_${nMels}`, widths, 1e-5);
    for (const shape of ["triangular", "gaussian", "rectangular"] as const) {
      const bank = tf.tidy(() =>
        tf.transpose(
          filterBank(tf.tensor1d(centres), limitWidths(tf.tensor1d(widths), "original", spec), 480, shape),
        ).dataSync<"float32">()
      );
      golden.check(`fastaudio/fbank_${shape}_${nMels}`, bank, 5e-5);
    }
  });
}

for (const backend of BACKENDS) {
  Deno.test(`fastaudio in setting D gives PyTorch's decibels and gradients (${backend})`, async () => {
    await openForTest(backend);
    const frontend = buildFrontend(paperFastAudio("D"), 16000);
    const state = createState(asNetwork(frontend), Rng.fromSeed(0));
    const waves = noisyWaves();
    const weights = tf.tensor3d(golden.array("fastaudio/w").values, [4, 101, 40]);
    const names = frontend.specs.map((spec) => spec.name);
    const { value, grads } = tf.variableGrads(() => {
      const db = tf.transpose(frontend.forward(state, waves, { training: true }), [0, 2, 1]);
      return tf.sum(tf.mul(db, weights)) as tf.Scalar;
    }, names.map((name) => state.get(name)!));
    const db = tf.tidy(() =>
      tf.transpose(frontend.forward(state, waves, { training: false }), [0, 2, 1]).dataSync<"float32">()
    );
    golden.check("fastaudio/D_n_triangular_out", db, 1e-5);
    for (const name of names) {
      const gradient = grads[state.get(name)!.name]!.dataSync<"float32">();
      golden.check(`fastaudio/D_n_triangular_grad_${name.split(".").at(-1)}`, gradient, 6e-5);
    }
    tf.dispose([waves, weights, value, ...Object.values(grads)]);
    disposeState(state);
  });

  Deno.test(`linear with fastaudio gives PyTorch's logits, loss and gradients (${backend})`, async () => {
    for (const setting of ["A", "D"] as const) {
      await withModel(backend, "linear", setting, async ({ network, state, features, labels }) => {
        const logits = tf.tidy(() =>
          network.forward(state, features, { training: false }).dataSync<"float32">()
        );
        golden.check(`linear_fastaudio/${setting}_n/logits`, logits, 1e-5);
        const { loss, gradients } = await lossAndGradients(network, state, features, labels);
        golden.check(`linear_fastaudio/${setting}_n/loss`, Float32Array.of(loss), 2e-6);
        if (setting === "A") return;
        for (const name of golden.names("linear_fastaudio/D_n/grad")) {
          golden.check(`linear_fastaudio/D_n/grad/${name}`, gradients.get(name)!, 6e-5);
        }
      });
    }
  });
}

Deno.test("bc_resnet with fastaudio gives PyTorch's logits, loss and gradients", async () => {
  for (const setting of ["A", "D"] as const) {
    const folder = `bcresnet_fastaudio/${setting}_n`;
    // On cpu, whose rounding is nearest to PyTorch's.
    await withModel("cpu", "bc_resnet", setting, async ({ network, state, features, labels }) => {
      const logits = (training: boolean) =>
        tf.tidy(() => network.forward(state, features, { training }).dataSync<"float32">());
      golden.check(`${folder}_eval/logits`, logits(false), 2e-6);
      const { loss, gradients } = await lossAndGradients(network, state, features, labels);
      golden.check(`${folder}_train/loss`, Float32Array.of(loss), 2e-6);
      golden.check(`${folder}_train/logits`, logits(true), 1e-5);
      if (setting === "A") return;
      for (const name of golden.names(`${folder}_train/grad`)) {
        // In this batch a value before a relu is within rounding of 0: all that lies before it, conv1 too, shows it.
        golden.check(
          `${folder}_train/grad/${name}`,
          gradients.get(name)!,
          name === "conv3.weight" ? 1e-4 : 1e-2,
        );
      }
    });
  }
});

Deno.test("linear with fastaudio follows PyTorch through SGD, filters running past their limits", async () => {
  await withModel("wasm", "linear", "A", async (trained) => {
    golden.check("linear_fastaudio/A_n_sgd_losses", await losses(trained, 1e-3, 5), 2e-5);
  });
  await withModel("wasm", "linear", "D", async (trained) => {
    golden.check("linear_fastaudio/D_n_sgd/losses", await losses(trained, 1e-3, 4), 5e-4);
  });
  await withModel("wasm", "linear", "D", async (trained) => {
    golden.check("linear_fastaudio/D_n_sgd/losses_small_lr", await losses(trained, 1e-6, 5), 1e-5);
  });
});

for (const shape of ["triangular", "gaussian"] as const) {
  for (const sort of [false, true]) {
    Deno.test(`${shape} filters out of order and limits give the original's decibels, sort ${sort}`, async () => {
      await openForTest("wasm");
      const spec = paperFastAudio("D", { filter: shape, sort, powerEpsilon: 0 });
      const frontend = buildFrontend(spec, 16000);
      const state = createState(asNetwork(frontend), Rng.fromSeed(0));
      for (const name of ["f_central", "band"]) {
        const values = tf.tensor1d(golden.array(`fastaudio/pert_${name}`).values);
        state.get(`fastaudio_filter.${name}`)!.assign(values);
        values.dispose();
      }
      const db = tf.tidy(() => {
        const wave = tf.tensor2d(golden.array("fastaudio/noise").values, [1, 16000]);
        return tf.transpose(frontend.forward(state, wave, { training: false }), [0, 2, 1]).dataSync<
          "float32"
        >();
      });
      const { values, step } = golden.sample(`fastaudio/pert_${shape}${sort ? "_sort" : ""}_out`);
      values.forEach((wanted, i) => {
        const found = db[i * step]!;
        // A filter between two bins hears nothing; its value is relative to clips that are not here.
        if (wanted < -50) assert(found < -50, `${found} at ${i}`);
        else assertAlmostEquals(found, wanted, 2e-3);
      });
      assert(values.filter((v) => v > -50).length > 0.8 * values.length);
      disposeState(state);
    });
  }
}

interface Trained {
  readonly network: ReturnType<typeof buildNetwork>;
  readonly state: NetworkState;
  readonly features: tf.Tensor;
  readonly labels: readonly number[];
}

async function withModel(
  backend: "cpu" | "wasm",
  kind: "linear" | "bc_resnet",
  setting: Setting,
  check: (made: Trained) => Promise<void>,
): Promise<void> {
  await openForTest(backend);
  const frontend = paperFastAudio(setting);
  const network = buildNetwork(frontend, { kind }, 12, 16000);
  const state = createState(network, Rng.fromSeed(0));
  // linear starts from the same weights with both front-ends.
  const folder = kind === "linear" ? "linear/init" : "bcresnet_fastaudio/init";
  for (const name of golden.names(folder)) {
    const variable = state.get(name);
    if (variable === undefined) continue; // a front-end tensor before the network's input, or of the other front-end
    const { values, shape } = golden.array(`${folder}/${name}`);
    const tensor = tf.tensor(values, shape, "float32");
    variable.assign(tensor);
    tensor.dispose();
  }
  const waves = noisyWaves();
  const features = applyPrefix(prefixSpec(frontend), waves);
  try {
    await check({ network, state, features, labels: [...golden.array("labels").values] });
  } finally {
    tf.dispose([waves, features]);
    disposeState(state);
  }
}

async function losses({ network, state, features, labels }: Trained, rate: number, steps: number) {
  const optimizer = new PlainSgd(rate, 0.9, 1e-3);
  const values: number[] = [];
  for (let step = 0; step < steps; step++) {
    const { loss, gradients } = await lossAndGradients(network, state, features, labels);
    values.push(loss);
    await optimizer.step(state, gradients);
    network.project(state);
  }
  return Float32Array.from(values);
}

function asNetwork(frontend: Frontend): Network {
  return { ...frontend, classes: 0, forward: () => tf.zeros([0, 0]) };
}

function noisyWaves(): tf.Tensor2D {
  return tf.tensor2d(golden.array("input_n").values, [4, 16000], "float32");
}
