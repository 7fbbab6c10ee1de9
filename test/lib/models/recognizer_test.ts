/** Recognizers as wholes: sizes, names, and that they learn. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import { SETTINGS } from "../../../lib/frontends/contract.ts";
import { ctcLoss } from "../../../lib/kernels/ctc_loss/op.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import { countTrainable, createState, disposeState } from "../../../lib/nn/state.ts";
import { createOptimizer } from "../../../lib/train/optimizer.ts";
import { Golden } from "../../fixtures/golden/golden.ts";
import { onBackends } from "../../support/backends.ts";
import { ADAM } from "../../support/rules.ts";
import { cacheOf, nnAudio } from "../frontends/papers.ts";
import { original, plain } from "./harness.ts";

const CLASSES = 62;

Deno.test("countTrainable() of recognizers gives the paper's numbers of parameters", async () => {
  const counts = (kind: string) =>
    Promise.all(
      SETTINGS.map(async (setting) =>
        countTrainable(await buildNetwork(await nnAudio(setting), original(kind), "frame", CLASSES, null))
      ),
    );
  assertEquals(await counts("linear"), [22_974, 32_614, 254_334, 263_974]);
  assertEquals(await counts("bc_resnet"), [29_640, 39_280, 261_000, 270_640]);
});

for (const [kind, folder] of [["linear", "asr_linear"], ["bc_resnet", "asr_bcresnet"]] as const) {
  Deno.test(`${kind} recognizer has the names and shapes of the PyTorch module`, async () => {
    const golden = new Golden("asr");
    const { specs } = await buildNetwork(await nnAudio("D"), original(kind), "frame", CLASSES, null);
    const shapes = new Map(specs.map((spec) => [spec.name, [...spec.shape]]));
    for (const name of golden.names(`${folder}/init`)) {
      assertEquals(shapes.get(name), golden.array(`${folder}/init/${name}`).shape, name);
      shapes.delete(name);
    }
    assertEquals(
      shapes,
      new Map([["mel_layer.stft.wcos", [241, 1, 480]], ["mel_layer.stft.wsin", [241, 1, 480]]]),
    );
  });
}

for (const kind of ["linear", "bc_resnet", "matchboxnet"] as const) {
  onBackends(["wasm"], `${kind} recognizer learns one padded batch of clips by heart`, async () => {
    const labels = [[1, 2, 3], [4, 4]];
    const samples = [4000, 3000];
    const spec = await nnAudio("D", { normalise: "batch" });
    const network = await buildNetwork(spec, plain(kind), "frame", 5, null);
    const state = createState(network, Rng.fromSeed("overfit"));
    const before = tf.memory().numTensors;
    const group = { lr: 0.02, weightDecay: 0, clipNorm: null };
    const optimizer = createOptimizer(
      { model: group, stft: { ...group, lr: 1e-4 }, mel: group },
      ADAM,
      network.specs,
      state,
    );
    const waves = tf.tensor2d(samples.flatMap((count) => [...wave(count)]), [2, 4240]);
    const features = cacheOf(network, waves);
    const frames = Int32Array.from(samples, (count) => network.framing.frames(count));
    const targets = {
      labels: Int32Array.from(labels.flatMap((own) => [...own, 0, 0].slice(0, 3))),
      labelLengths: Int32Array.from(labels, (own) => own.length),
      frames,
    };
    const trained = network.specs.filter((one) => one.trainable).map(({ name }) => name);
    const losses: number[] = [];
    for (let step = 0; step < 120; step++) {
      const loss = tf.tidy(() => {
        const { value, grads } = tf.variableGrads(
          () => ctcLoss(network.forward(state, features, { training: true, frames }) as tf.Tensor3D, targets),
          trained.map((name) => state.get(name)!),
        );
        optimizer.step(new Map(trained.map((name) => [name, grads[state.get(name)!.name]!])), 1);
        network.project(state);
        return value;
      });
      losses.push((await loss.data())[0]!);
      loss.dispose();
    }
    assert(losses.at(-1)! < 0.05 * losses[0]!, `loss ${losses[0]} became ${losses.at(-1)}`);
    const best = tf.tidy(() =>
      tf.argMax(network.forward(state, features, { training: true, frames }), 2).arraySync() as number[][]
    );
    best.forEach((row, clip) => {
      const heard = row.slice(0, frames[clip]).filter((c, t) => c !== row[t - 1] && c !== 0);
      assertEquals(heard, labels[clip]);
    });
    tf.dispose([waves, features]);
    optimizer.dispose();
    assertEquals(tf.memory().numTensors, before, "tensors left over");
    disposeState(state);
  });
}

/** Tones that change, in noise, extended by 240 samples of its own reflection and zeros. */
function wave(samples: number): Float32Array {
  const rng = Rng.fromSeed(`wave ${samples}`);
  const padded = new Float32Array(4240);
  for (let n = 0; n < samples; n++) {
    padded[n] = 0.3 * Math.sin(n * (0.05 + 0.15 * Math.floor(n / 1000))) + 0.02 * rng.normal();
  }
  for (let i = 0; i < 240; i++) padded[samples + i] = padded[samples - 2 - i]!;
  return padded;
}
