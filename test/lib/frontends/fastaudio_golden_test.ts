/** The fastaudio front-end against PyTorch, on every backend. Tolerances: some ten times float32's own error. */
import { assert, assertAlmostEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { initialBands } from "../../../lib/audio/band_filters.ts";
import { Rng } from "../../../lib/base/random.ts";
import { filterBank, limitWidths } from "../../../lib/frontends/steps/bands/filter_bank.ts";
import { bandEnergies } from "../../../lib/kernels/band_energies/op.ts";
import { createState, disposeState } from "../../../lib/nn/state.ts";
import { onEveryBackend } from "../../support/backends.ts";
import { checkGradient, checkOutput, golden, goldenWaves, withGoldenCase } from "../models/golden_case.ts";
import { lossAndGradients } from "../models/harness.ts";
import { fastAudio, nnAudio, opened } from "./papers.ts";

const PAPER = { sampleRate: 16000, fMinHz: 0, fMaxHz: 8000 };

/** Where bins of 480 samples are, in units of the sample rate. */
const BINS = Array.from({ length: 241 }, (_, bin) => bin / 480);

for (const nMels of [10, 20, 30, 40]) {
  onEveryBackend(`initialBands() and filterBank() give the original's ${nMels} filters`, async () => {
    const spec = { ...PAPER, nMels };
    const { centres, widths } = initialBands(spec);
    golden.check(`fastaudio/f_central_${nMels}`, centres, 1e-6);
    golden.check(`fastaudio/band_${nMels}`, widths, 1e-5);
    for (const shape of ["triangular", "gaussian", "rectangular"] as const) {
      const bank = tf.tidy(() =>
        tf.transpose(
          filterBank(tf.tensor1d(centres), limitWidths(tf.tensor1d(widths), "original", spec), BINS, shape),
        )
      );
      golden.check(`fastaudio/fbank_${shape}_${nMels}`, await bank.data<"float32">(), 1e-5);
      bank.dispose();
    }
  });
}

for (const shape of ["triangular", "gaussian", "rectangular"] as const) {
  onEveryBackend(`${shape} filters give PyTorch's energies, and gradients if they have any`, async () => {
    const spec = { ...PAPER, nMels: 40 };
    const { centres, widths } = initialBands(spec);
    const { cache } = await opened(await nnAudio("B", { power_epsilon: 0 }));
    const magnitude = tf.tidy(() => tf.sqrt(cache(goldenWaves("input"))) as tf.Tensor3D);
    const weights = tf.tensor3d(golden.array("fastaudio/w").values, [4, 101, 40]);
    const energies = (centres: tf.Tensor1D, widths: tf.Tensor1D) => {
      const bank = filterBank(centres, limitWidths(widths, "original", spec), BINS, shape);
      return tf.transpose(bandEnergies(magnitude, bank), [0, 2, 1]);
    };
    const found = tf.tidy(() => energies(tf.tensor1d(centres), tf.tensor1d(widths)));
    golden.check(`fastaudio/outlin_${shape}`, await found.data<"float32">(), 3e-5);
    if (shape !== "rectangular") {
      const gradients = tf.tidy(() =>
        tf.grads((centres: tf.Tensor, widths: tf.Tensor) =>
          tf.sum(tf.mul(energies(centres as tf.Tensor1D, widths as tf.Tensor1D), weights))
        )([tf.tensor1d(centres), tf.tensor1d(widths)])
      );
      for (const [i, name] of ["f_central", "band"].entries()) {
        const gradient = await gradients[i]!.data<"float32">();
        golden.check(`fastaudio/gradlin_${shape}_${name}`, gradient, 2e-5);
      }
      tf.dispose(gradients);
    }
    tf.dispose([magnitude, weights, found]);
  });
}

onEveryBackend("fastaudio in setting D gives PyTorch's decibels and gradients", async () => {
  const frontend = await opened(await fastAudio("D"));
  const state = createState(frontend, Rng.fromSeed(0));
  const waves = goldenWaves();
  const weights = tf.tensor3d(golden.array("fastaudio/w").values, [4, 101, 40]);
  const names = frontend.specs.map((spec) => spec.name);
  const { value, grads } = tf.variableGrads(() => {
    const db = tf.transpose(frontend.forward(state, waves, { training: true }), [0, 2, 1]);
    return tf.sum(tf.mul(db, weights)) as tf.Scalar;
  }, names.map((name) => state.get(name)!));
  const db = tf.tidy(() => tf.transpose(frontend.forward(state, waves, { training: false }), [0, 2, 1]));
  golden.check("fastaudio/D_n_triangular_out", await db.data<"float32">(), 1e-5);
  for (const name of names) {
    const gradient = await grads[state.get(name)!.name]!.data<"float32">();
    golden.check(`fastaudio/D_n_triangular_grad_${name.split(".").at(-1)}`, gradient, 6e-5);
  }
  tf.dispose([waves, weights, value, db, ...Object.values(grads)]);
  disposeState(state);
});

for (const setting of ["A", "D"] as const) {
  onEveryBackend(`linear with fastaudio in setting ${setting} gives PyTorch's logits and loss`, async () => {
    await withGoldenCase("linear", await fastAudio(setting), async (made) => {
      await checkOutput(made, `linear_fastaudio/${setting}_n`, false, { logits: 1e-5, loss: 2e-6 });
    });
  });

  onEveryBackend(
    `bc_resnet with fastaudio in setting ${setting} gives PyTorch's logits and loss`,
    async () => {
      await withGoldenCase("bc_resnet", await fastAudio(setting), async (made) => {
        const folder = `bcresnet_fastaudio/${setting}_n`;
        await checkOutput(made, `${folder}_eval`, false, { logits: 2e-6, loss: 2e-6 });
        await checkOutput(made, `${folder}_train`, true, { logits: 1e-5, loss: 2e-6 });
      });
    },
  );
}

onEveryBackend("linear with fastaudio in setting D gives PyTorch's gradients", async () => {
  await withGoldenCase("linear", await fastAudio("D"), async ({ network, state, features, labels }) => {
    const { gradients } = await lossAndGradients(network, state, features, labels);
    for (const name of golden.names("linear_fastaudio/D_n/grad")) {
      golden.check(`linear_fastaudio/D_n/grad/${name}`, gradients.get(name)!, 6e-5);
    }
  });
});

onEveryBackend(
  "bc_resnet with fastaudio in setting D gives PyTorch's gradients and running statistics",
  async () => {
    await withGoldenCase("bc_resnet", await fastAudio("D"), async ({ network, state, features, labels }) => {
      const { gradients } = await lossAndGradients(network, state, features, labels);
      const folder = "bcresnet_fastaudio/D_n_train";
      for (const name of golden.names(`${folder}/after_forward`)) {
        golden.check(`${folder}/after_forward/${name}`, await state.get(name)!.data<"float32">(), 1e-5);
      }
      for (const name of golden.names(`${folder}/grad`)) {
        checkGradient(`${folder}/grad`, name, gradients.get(name)!);
      }
    });
  },
);

for (const shape of ["triangular", "gaussian"] as const) {
  for (const sort of [false, true]) {
    onEveryBackend(
      `${shape} filters out of order and limits give the original's decibels, sort ${sort}`,
      async () => {
        const frontend = await opened(await fastAudio("D", { filter: shape, sort, power_epsilon: 0 }));
        const state = createState(frontend, Rng.fromSeed(0));
        for (const name of ["f_central", "band"]) {
          const values = tf.tensor1d(golden.array(`fastaudio/pert_${name}`).values);
          state.get(`fastaudio_filter.${name}`)!.assign(values);
          values.dispose();
        }
        const output = tf.tidy(() => {
          const noise = tf.slice(goldenWaves("input"), [2, 0], [1, 16000]);
          return tf.transpose(frontend.forward(state, noise, { training: false }), [0, 2, 1]);
        });
        const db = await output.data<"float32">();
        const { values, step } = golden.sample(`fastaudio/pert_${shape}${sort ? "_sort" : ""}_out`);
        values.forEach((wanted, i) => {
          const found = db[i * step]!;
          // A filter between two bins hears nothing; its value is relative to clips that are not here.
          if (wanted < -50) assert(found < -50, `${found} at ${i}`);
          else assertAlmostEquals(found, wanted, 2e-3);
        });
        assert(values.filter((v) => v > -50).length > 0.8 * values.length);
        output.dispose();
        disposeState(state);
      },
    );
  }
}
