/** A network that starts with LEAF learns. */
import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import { createState, disposeState } from "../../../lib/nn/state.ts";
import type { NetworkState } from "../../../lib/nn/types.ts";
import { work } from "../../../lib/tasks/kws/work.ts";
import { learnerOf } from "../../../lib/train/objective.ts";
import { createOptimizer } from "../../../lib/train/optimizer.ts";
import { trainStep } from "../../../lib/train/step.ts";
import { clipBatch } from "../../support/batches.ts";
import { openForTest } from "../../support/backends.ts";
import { ADAM } from "../../support/rules.ts";
import { original } from "../models/harness.ts";
import { leaf } from "./papers.ts";

const [CLIPS, SAMPLES, CLASSES] = [6, 4000, 3];

/** A tone a class, in noise. */
function clips(): Float32Array {
  const rng = Rng.fromSeed("tones");
  return Float32Array.from(
    { length: CLIPS * SAMPLES },
    (_, i) => 0.2 * Math.sin((0.2 + 0.5 * (Math.floor(i / SAMPLES) % CLASSES)) * i) + 0.05 * rng.normal(),
  );
}

async function prepared() {
  const network = await buildNetwork(await leaf("D"), original("linear"), "clip", CLASSES, SAMPLES);
  const labels = Int32Array.from({ length: CLIPS }, (_, i) => i % CLASSES);
  const group = { lr: 3e-3, weightDecay: 0, clipNorm: null };
  const groups = { stft: group, mel: group, model: group, filters: group, pooling: group, pcen: group };
  return {
    network,
    batch: clipBatch(clips(), [SAMPLES], labels, network.frozen),
    optimizerOf: (state: NetworkState) => createOptimizer(groups, ADAM, network.specs, state),
  };
}

Deno.test("one batch is learned by heart, all parts of LEAF move, and no tensor is left over", async () => {
  await openForTest("wasm");
  const { network, batch, optimizerOf } = await prepared();
  const state = createState(network, Rng.fromSeed(0));
  const learner = learnerOf(network, work);
  const optimizer = optimizerOf(state);
  const start = new Map([...state].map(([name, variable]) => [name, variable.dataSync().slice()]));
  const losses: number[] = [];
  let tensors = 0;
  for (let step = 0; step < 60; step++) {
    losses.push(
      (await trainStep({ learner, state, optimizer }, batch, { rateFactor: 1, dropout: Rng.fromSeed(step) }))
        .loss,
    );
    if (step === 2) tensors = tf.memory().numTensors;
  }
  assertEquals(tf.memory().numTensors, tensors);
  assert(losses.at(-1)! < 0.1 * losses[0]!, `${losses[0]} to ${losses.at(-1)}`);
  for (const [name, variable] of state) {
    const values = variable.dataSync();
    assert(values.every(Number.isFinite) && values.some((v, i) => v !== start.get(name)![i]), name);
  }
  disposeState(state);
});

Deno.test("a width that is NaN ends in a loss that is NaN, at once", async () => {
  await openForTest("wasm");
  const { network, batch, optimizerOf } = await prepared();
  const state = createState(network, Rng.fromSeed(0));
  const optimizer = optimizerOf(state);
  const widths = [...state].find(([name]) => name.endsWith("bandwidths"))![1];
  tf.tidy(() => widths.assign(tf.tensor1d([NaN, ...widths.dataSync().subarray(1)])));
  const { loss } = await trainStep(
    { learner: learnerOf(network, work), state, optimizer },
    batch,
    { rateFactor: 1, dropout: Rng.fromSeed(0) },
  );
  assertEquals(loss, NaN);
  disposeState(state);
});
