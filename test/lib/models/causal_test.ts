/** BC-ResNet whose frames see the past alone: what it computes, that it learns, and that it is the same everywhere. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import { bcResNetBackbone } from "../../../lib/models/bc_resnet/backbone.ts";
import { body } from "../../../lib/models/bc_resnet/heads/clip.ts";
import { copied, createState, disposeState } from "../../../lib/nn/state.ts";
import { openForTest } from "../../support/backends.ts";
import { assertNear } from "../kernels/op_check.ts";
import { lossAndGradients, PlainSgd, type StepResult } from "./harness.ts";

const CLASSES = 3;
const [CLIPS, BANDS, FRAMES] = [4, 20, 21];
const LABELS = [0, 2, 1, 2];

const config = (edition: "heung" | "kim") =>
  ({
    kind: "bc_resnet",
    edition,
    width: 1,
    padding: "causal",
    dropout: { transition: 0, broadcasted: 0 },
    lstm_norm: false,
  }) as const;

function features(): Float32Array {
  const rng = Rng.fromSeed("bands");
  return Float32Array.from({ length: CLIPS * BANDS * FRAMES }, (_, i) => {
    const clip = Math.floor(i / (BANDS * FRAMES));
    return Math.sin(0.7 * LABELS[clip]! + i / 5) + 0.3 * rng.normal();
  });
}

for (const edition of ["heung", "kim"] as const) {
  Deno.test(`causal bc_resnet (${edition}) has no frame that knows of a later one`, async () => {
    await openForTest("wasm");
    const backbone = bcResNetBackbone(config(edition), { channels: 1, bands: BANDS });
    const state = createState(backbone, Rng.fromSeed("state"));
    const made = async (values: Float32Array) => {
      const y = tf.tidy(() =>
        backbone.forward(state, tf.tensor3d(values, [CLIPS, BANDS, FRAMES]), { training: false })
      );
      const numbers = await copied(y);
      y.dispose();
      return numbers;
    };
    const values = features();
    const change = 13;
    const later = values.map((value, i) => (i % FRAMES >= change ? value + 1 : value));
    const [before, after] = [await made(values), await made(later)];
    const differs = before.map((value, i) => Math.abs(value - after[i]!));
    const frameOf = (i: number) => Math.floor(i / backbone.channels) % FRAMES;
    differs.forEach((distance, i) => assert(frameOf(i) >= change || distance === 0, `frame ${frameOf(i)}`));
    assert(differs.some((distance, i) => frameOf(i) === change && distance > 1e-6), "the frame itself");
    disposeState(state);
  });

  Deno.test(`causal bc_resnet (${edition}) has the same loss and gradients with kernels and without`, async () => {
    const results: StepResult[] = [];
    for (const backend of ["cpu", "wasm"] as const) {
      await openForTest(backend);
      const network = body(config(edition), { channels: 1, bands: BANDS, frames: FRAMES }, CLASSES);
      const state = createState(network, Rng.fromSeed("state"));
      const x = tf.tensor3d(features(), [CLIPS, BANDS, FRAMES]);
      results.push(await lossAndGradients(network, state, x, LABELS));
      x.dispose();
      disposeState(state);
    }
    const [wanted, found] = results as [StepResult, StepResult];
    assertNear(Float32Array.of(found.loss), Float32Array.of(wanted.loss), 1e-5, "loss");
    const largest = Math.max(...[...wanted.gradients.values()].flatMap((g) => [...g].map(Math.abs)));
    assertEquals([...found.gradients.keys()], [...wanted.gradients.keys()]);
    for (const [name, gradient] of wanted.gradients) {
      const own = Math.max(...gradient.map(Math.abs));
      if (own < 1e-5 * largest) continue; // cancelled by the normalisation behind
      assertNear(found.gradients.get(name)!, gradient, 1e-4 * Math.max(1, largest / own / 10), name);
    }
  });
}

Deno.test("causal bc_resnet overfits one batch", async () => {
  await openForTest("wasm");
  const network = body(config("heung"), { channels: 1, bands: BANDS, frames: FRAMES }, CLASSES);
  const state = createState(network, Rng.fromSeed("state"));
  const x = tf.tensor3d(features(), [CLIPS, BANDS, FRAMES]);
  const optimizer = new PlainSgd(0.1, 0.9);
  const losses: number[] = [];
  for (let step = 0; step < 40; step++) {
    const { loss, gradients } = await lossAndGradients(network, state, x, LABELS);
    losses.push(loss);
    await optimizer.step(state, gradients);
  }
  assert(losses.at(-1)! < 0.1 * losses[0]!, `loss went from ${losses[0]} to ${losses.at(-1)}`);
  x.dispose();
  disposeState(state);
});
