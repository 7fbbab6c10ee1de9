/** A recogniser's training as a whole, from a file of utterances of any length. */
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { openBackend } from "../../../lib/backend/backend_io.ts";
import { Rng } from "../../../lib/base/random.ts";
import { without } from "../../../lib/frontends/plan.ts";
import { leastFrames } from "../../../lib/kernels/ctc_loss/feasible.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import { createState } from "../../../lib/nn/state.ts";
import { work } from "../../../lib/tasks/asr/work.ts";
import { createExamples, type ExampleSource, openExamples } from "../../../lib/train/example_file_io.ts";
import { train, type TrainOptions } from "../../../lib/train/loop.ts";
import { learnerOf, objectiveOf, runThrough } from "../../../lib/train/objective.ts";
import { createOptimizer } from "../../../lib/train/optimizer.ts";
import { ADAM } from "../../support/rules.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { nnAudio } from "../frontends/papers.ts";

await openBackend("wasm");

const CLASSES = ["<blank>", "low", "high"];
const BANDS = 8;
const network = await buildNetwork(
  await nnAudio("A", { n_mels: BANDS }),
  { kind: "linear" },
  "frame",
  CLASSES.length,
  null,
);
const learner = learnerOf(network, work);

/** Labels sound for four frames each in bands of their own, with two quiet frames around them. */
function write(path: string, count: number, seed: string): string {
  const rng = Rng.fromSeed(seed);
  const labels = Array.from(
    { length: count },
    () => Array.from({ length: 1 + rng.integer(4) }, () => 1 + rng.integer(2)),
  );
  const frames = labels.map((own) => 6 * own.length + 2);
  const info = {
    steps: network.steps.slice(0, network.frozen).map((spec) => without(spec, ["module"])),
    representation: network.representations[network.frozen]!,
    classes: CLASSES,
    sampleRate: 16000,
    clipSamples: null,
  };
  const writer = createExamples(
    path,
    info,
    labels.map((own, i) => ({ name: `u${i}`, length: frames[i]!, labels: own })),
  );
  for (const [clip, own] of labels.entries()) {
    const labelAt = (t: number) => t % 6 < 2 ? 0 : own[Math.floor(t / 6)] ?? 0;
    const rows = Array.from(
      { length: BANDS },
      (_, band) =>
        Array.from(
          { length: frames[clip]! },
          (_, t) => labelAt(t) === (band < BANDS / 2 ? 1 : 2) ? 1 : 0.1 * rng.normal(),
        ),
    );
    writer.append(Float32Array.from(rows.flat()));
  }
  writer.finish();
  return path;
}

function open(path: string): ExampleSource {
  return openExamples(path, network, leastFrames);
}

function training(data: ExampleSource, epochs: number): TrainOptions {
  const rng = Rng.fromSeed(2);
  const state = createState(network, rng.fork("init"));
  const group = { lr: 0.02, weightDecay: 0, clipNorm: null };
  const optimizer = createOptimizer(
    { model: group, stft: group, mel: group },
    ADAM,
    network.specs,
    state,
  );
  const objective = objectiveOf(learner, work, {
    train: data,
    validation: data,
    sampler: "lengths",
    clipsPerEpoch: null,
    batchSize: 8,
  });
  return { objective, state, optimizer, schedule: { kind: "constant" }, epochs, rng };
}

Deno.test("train() teaches a recogniser to spell what it hears, and counts errors on the way", async () => {
  await using folder = tempDir();
  using data = open(write(`${folder.path}/x`, 24, "train"));
  const records = [];
  for await (const event of train(training(data, 40))) {
    assert(event.type !== "failed");
    if (event.type === "epoch") records.push(event.record);
  }
  const [first, last] = [records[0]!, records.at(-1)!];
  assertEquals(first.steps, 3);
  assert(first.validationAccuracy < 0.5, String(first.validationAccuracy));
  assert(last.validationAccuracy > 0.95, String(last.validationAccuracy));
  assert(last.validationLoss < 0.2 && last.validationLoss < first.validationLoss / 5);
});

Deno.test("a recogniser's training that goes on ends with the same bytes as one never stopped", async () => {
  await using folder = tempDir();
  using data = open(write(`${folder.path}/x`, 24, "train"));
  const last = async (options: TrainOptions) => {
    let snapshot;
    for await (const event of train(options)) if (event.type === "epoch") snapshot = event.snapshot;
    return snapshot!;
  };
  const whole = await last(training(data, 3));
  const from = await last(training(data, 1));
  assertEquals(await last({ ...training(data, 3), from }), whole);
});

Deno.test("runThrough() of a recogniser gives the same for any batches: padding changes nothing", async () => {
  await using folder = tempDir();
  using data = open(write(`${folder.path}/x`, 17, "any"));
  const state = createState(network, Rng.fromSeed(4));
  const figures = async (size: number, inOrder: boolean) => {
    const tally = work.startTally(CLASSES, {}, true);
    await runThrough(learner, state, data, work.evaluationBatches(data, size, inOrder), tally);
    const heard = tally.told.map(({ row, labels }) => `${row}: ${labels}`).sort();
    return { heard, accuracy: tally.accuracy(), loss: tally.loss() };
  };
  const one = await figures(1, true);
  assertEquals(one.heard.length, 17);
  for (const [size, inOrder] of [[5, true], [8, false]] as const) {
    const found = await figures(size, inOrder);
    assertEquals([found.heard, found.accuracy], [one.heard, one.accuracy]);
    assert(Math.abs(found.loss - one.loss) < 1e-4 * one.loss, `${found.loss} and ${one.loss}`);
  }
});

Deno.test("a recogniser's training leaves no tensors behind", async () => {
  await using folder = tempDir();
  using data = open(write(`${folder.path}/x`, 24, "train"));
  const counts = new Set<number>();
  for await (const event of train(training(data, 3))) {
    if (event.type === "step") counts.add(tf.memory().numTensors);
  }
  assertEquals(counts.size, 1);
});
