import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { loadKind } from "../../../../lib/base/kinds.ts";
import { Rng } from "../../../../lib/base/random.ts";
import {
  accuracy,
  countBatch,
  meanCrossEntropy,
  startCounts,
} from "../../../../lib/metrics/classification.ts";
import type { Batch, Examples } from "../../../../lib/tasks/contract.ts";
import { TASKS } from "../../../../lib/tasks/kinds.ts";
import { keywordFigures } from "../../../../lib/tasks/kws/figures.ts";
import { clipsInEpoch, epochOrder } from "../../../../lib/tasks/kws/sampler.ts";
import { work } from "../../../../lib/tasks/kws/work.ts";
import { clipBatch } from "../../../support/batches.ts";

await tf.setBackend("cpu");

const CLASSES = ["yes", "no", "_unknown_"];

/** @param first Row of the first clip. */
function batchOf(labels: readonly number[], first: number): Batch {
  const batch = clipBatch(new Float32Array(labels.length), [1], labels, 0);
  return { ...batch, rows: labels.map((_, clip) => first + clip) };
}

const BATCHES = [
  { batch: batchOf([0, 1, 2], 0), logits: Float32Array.of(2, 1, 0, 3, 1, 0, 0, 1, 2) },
  { batch: batchOf([2, 1], 3), logits: Float32Array.of(-1000, 0, 1000, 0.5, 0.5, 0) },
];

Deno.test("a tally counts what the figures of a classifier count, and tells each clip's likeliest class", () => {
  const counts = startCounts(CLASSES.length);
  const tally = work.startTally(CLASSES, {}, true);
  for (const { batch, logits } of BATCHES) {
    countBatch(counts, logits, batch.labels);
    tally.add(batch, logits, NaN);
  }
  assertEquals([tally.accuracy(), tally.loss()], [accuracy(counts), meanCrossEntropy(counts)]);
  assertEquals(tally.accuracy(), 3 / 5);
  assertEquals(tally.figures(), keywordFigures(counts, CLASSES));
  assertEquals(
    tally.told.map(({ row, labels }) => [row, labels]),
    [[0, ["yes"]], [1, ["yes"]], [2, ["_unknown_"]], [3, ["_unknown_"]], [4, ["yes"]]],
  );
  assertEquals(tally.told.reduce((sum, { score }) => sum + score, 0) / 5, tally.figures().score);
  assertEquals(tally.told.map(({ of }) => of), [1, 1, 1, 1, 1]);
  const posterior = (row: number) => tally.told[row]!.posterior!;
  assertAlmostEquals(posterior(0), 1 / (1 + Math.exp(-1) + Math.exp(-2)), 1e-6);
  assertEquals(posterior(3), 1); // no exponential overflows
  const { posteriors } = tally.told[0]!;
  assertEquals([posteriors!.length, posteriors!.indexOf(Math.max(...posteriors!))], [3, 0]);
  assertAlmostEquals(posteriors!.reduce((sum, p) => sum + p, 0), 1, 1e-6);
  assertAlmostEquals(tally.told.reduce((sum, { loss }) => sum + loss, 0) / 5, tally.loss(), 1e-6);
  const silent = work.startTally(CLASSES, {});
  silent.add(BATCHES[0]!.batch, BATCHES[0]!.logits, NaN);
  assertEquals(silent.told, []);
});

Deno.test("the loss is the mean cross entropy that the tally finds", async () => {
  const { batch, logits } = BATCHES[0]!;
  const loss = tf.tidy(() => work.loss(tf.tensor2d(logits, [3, 3]), batch));
  const tally = work.startTally(CLASSES, {});
  tally.add(batch, logits, NaN);
  assertAlmostEquals((await loss.data())[0]!, tally.loss(), 1e-6);
  loss.dispose();
});

Deno.test("each sampler of the task draws its order in batches, and the last may be smaller", async () => {
  const { samplers } = await loadKind(TASKS, "kws", "task");
  const labels = Int32Array.from({ length: 21 }, (_, row) => row % 2);
  const source: Examples = {
    count: labels.length,
    names: Array.from(labels, (_, row) => `${row}`),
    classes: CLASSES,
    frames: new Int32Array(labels.length).fill(1),
    labelsOf: (row) => labels.subarray(row, row + 1),
  };
  for (const kind of ["shuffle", "balanced", "paper", "capped"] as const) {
    assertEquals(samplers.includes(kind), true);
    for (const most of [null, 10, 50]) {
      const spec = { kind, clipsPerEpoch: most };
      const batches = work.epochBatches({ sampler: kind, most, classClips: {} }, source, 8, Rng.fromSeed(1));
      const order = epochOrder(spec, labels, CLASSES, Rng.fromSeed(1));
      assertEquals(batches.flatMap((rows) => [...rows]), [...order]);
      assertEquals(batches.length, work.stepsPerEpoch({ sampler: kind, most, classClips: {} }, source, 8));
      assertEquals(batches.length, Math.ceil(clipsInEpoch(spec, labels, CLASSES) / 8));
      assertEquals(batches.slice(0, -1).every((rows) => rows.length === 8), true);
    }
  }
  const other = { sampler: "lengths", most: null, classClips: {} };
  assertThrows(() => work.epochBatches(other, source, 8, Rng.fromSeed(1)), RangeError, "lengths");
  for (const inOrder of [true, false]) {
    const batches = work.evaluationBatches(source, 8, inOrder);
    assertEquals(batches.flatMap((rows) => [...rows]), [...labels.keys()]);
  }
});

Deno.test("clips that are two classes, or smoothed, are learnt as the mean of what each class costs", () => {
  const logits = Float32Array.of(1, -2, 0.5, 0, 3, -1);
  const batch = clipBatch(new Float32Array(2), [1], [0, 1], 0);
  const lossOf = (
    labels: readonly number[],
    changes: Partial<Batch> = {},
    smoothing = 0,
    classWeights?: Float32Array,
  ) =>
    tf.tidy(() =>
      work.loss(
        tf.tensor2d(logits, [2, 3]),
        { ...batch, labels: Int32Array.from(labels), ...changes },
        { smoothing, ...(classWeights && { classWeights }) },
      )
        .dataSync()[0]!
    );
  const mixed = { labels: Int32Array.of(2, 1), shares: Float32Array.of(0.25, 0) };
  assertAlmostEquals(
    lossOf([0, 1], { mixed }),
    0.75 * lossOf([0, 1]) + 0.25 * lossOf([2, 1]),
    1e-6,
  );
  const each = [0, 1, 2].map((label) => lossOf([label, label]));
  assertAlmostEquals(
    lossOf([0, 1], {}, 0.3),
    0.7 * lossOf([0, 1]) + 0.3 * (each[0]! + each[1]! + each[2]!) / 3,
    1e-6,
  );
  assertEquals(lossOf([0, 1], {}, 0), lossOf([0, 1]));
  // As torch.nn.CrossEntropyLoss(weight): the weighted sum over the sum of the weights.
  const costs = [logits.subarray(0, 3), logits.subarray(3)].map((own, clip) => {
    const total = own.reduce((sum, logit) => sum + Math.exp(logit), 0);
    return Math.log(total) - own[clip]!;
  });
  assertAlmostEquals(
    lossOf([0, 1], {}, 0, Float32Array.of(3, 1, 1)),
    (3 * costs[0]! + costs[1]!) / 4,
    1e-6,
  );
});

Deno.test("weights of classes have the gradient of the loss that they weigh", async () => {
  const batch = clipBatch(new Float32Array(2), [1], [0, 1], 0);
  const lesson = { smoothing: 0.1, classWeights: Float32Array.of(3, 0.5, 1) };
  const logits = [1, -2, 0.5, 0, 3, -1];
  const lossAt = (x: tf.Tensor) => work.loss(tf.reshape(x, [2, 3]), batch, lesson);
  const found = await tf.tidy(() => tf.grad(lossAt)(tf.tensor1d(logits))).data();
  const valueAt = (values: number[]) => tf.tidy(() => lossAt(tf.tensor1d(values)).dataSync()[0]!);
  const step = 1e-2;
  for (const i of logits.keys()) {
    const moved = (by: number) => valueAt(logits.map((logit, k) => k === i ? logit + by : logit));
    assertAlmostEquals(found[i]!, (moved(step) - moved(-step)) / (2 * step), 1e-4);
  }
});
