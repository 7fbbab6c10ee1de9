import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { loadKind } from "../../../../lib/base/kinds.ts";
import { Rng } from "../../../../lib/base/random.ts";
import {
  countRecognized,
  errorRate,
  meanLoss,
  type Recognized,
  startRecognition,
} from "../../../../lib/metrics/recognition.ts";
import { FOLDED_PHONES, foldingOf, TIMIT_PHONES } from "../../../../lib/phones/timit.ts";
import { phonemeFigures } from "../../../../lib/tasks/asr/figures.ts";
import { batchesByLength, epochBatches } from "../../../../lib/tasks/asr/order.ts";
import { kind } from "../../../../lib/tasks/asr/kind.ts";
import { work } from "../../../../lib/tasks/asr/work.ts";
import type { Batch, Examples } from "../../../../lib/tasks/contract.ts";
import { TASKS } from "../../../../lib/tasks/kinds.ts";

await tf.setBackend("cpu");

const CLASSES = ["<blank>", "a", "b"];

/** References of utterances, and what a network is sure to hear in each of their frames. */
interface Utterance {
  readonly reference: readonly number[];
  readonly heard: readonly number[];
}

const UTTERANCES: readonly Utterance[] = [
  { reference: [1, 2], heard: [1, 1, 0, 2] },
  { reference: [2], heard: [2, 0, 1, 1, 0] },
  { reference: [1, 1, 2], heard: [0, 1] },
];

/** Padded to the longest, where other frames say something else. */
function batchOf(
  utterances: readonly Utterance[],
  rows: readonly number[],
  classes: number,
): { batch: Batch; logits: Float32Array } {
  const frames = Int32Array.from(utterances, ({ heard }) => heard.length);
  const [longest, most] = [
    Math.max(...frames),
    Math.max(...utterances.map(({ reference }) => reference.length)),
  ];
  const labels = new Int32Array(utterances.length * most);
  const logits = new Float32Array(utterances.length * longest * classes);
  utterances.forEach(({ reference, heard }, clip) => {
    labels.set(reference, clip * most);
    for (let t = 0; t < longest; t++) logits[(clip * longest + t) * classes + (heard[t] ?? classes - 1)] = 9;
  });
  const labelLengths = Int32Array.from(utterances, ({ reference }) => reference.length);
  const features = new Float32Array(utterances.length * longest);
  return {
    batch: {
      clips: rows.length,
      rows,
      features,
      shape: [longest],
      entry: 0,
      frames,
      isRagged: true,
      labels,
      labelLengths,
    },
    logits,
  };
}

const HYPOTHESES = [[1, 2], [2, 1], [1]];

function recognized(losses: readonly number[]): Recognized[] {
  return UTTERANCES.map(({ reference }, i) => ({ reference, hypothesis: HYPOTHESES[i]!, loss: losses[i]! }));
}

Deno.test("a tally counts what the figures of a recogniser count, whatever pads a batch, and tells what was heard", () => {
  const counts = startRecognition(CLASSES, null);
  countRecognized(counts, recognized([2, 2, 0.5]));
  const tally = work.startTally(CLASSES, {}, true);
  const first = batchOf(UTTERANCES.slice(0, 2), [7, 4], CLASSES.length);
  tally.add(first.batch, first.logits, 2);
  const second = batchOf(UTTERANCES.slice(2), [0], CLASSES.length);
  tally.add(second.batch, second.logits, 0.5);
  assertEquals([tally.accuracy(), tally.loss()], [1 - errorRate(counts), meanLoss(counts)]);
  assertEquals(tally.loss(), 1.5);
  assertEquals(tally.figures(), phonemeFigures(counts));
  const unknown = { posterior: null, posteriors: null };
  assertEquals(tally.told.map(({ loss: _, ...told }) => told), [
    { row: 7, labels: ["a", "b"], ...unknown, score: 0, of: 2 },
    { row: 4, labels: ["b", "a"], ...unknown, score: 1, of: 1 },
    { row: 0, labels: ["a"], ...unknown, score: 2, of: 3 },
  ]);
  for (const [made, at] of [[first, 0], [second, 2]] as const) {
    const losses = tally.told.slice(at, at + made.batch.clips).map(({ loss }) => loss);
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / made.batch.clips;
    const logits = tf.tensor3d(made.logits, [
      made.batch.clips,
      made.logits.length / made.batch.clips / CLASSES.length,
      CLASSES.length,
    ]);
    assertAlmostEquals(mean, work.loss(logits, made.batch).dataSync()[0]!, 1e-5);
    logits.dispose();
  }
  assertEquals(tally.figures().score, 3 / 6);
  const silent = work.startTally(CLASSES, {});
  silent.add(first.batch, first.logits, 2);
  assertEquals(silent.told, []);
});

Deno.test("an accuracy may be below 0, and a loss that is not finite stays so", () => {
  const tally = work.startTally(CLASSES, {});
  const { batch, logits } = batchOf([{ reference: [1], heard: [2, 0, 2, 0, 2] }], [0], CLASSES.length);
  tally.add(batch, logits, Infinity);
  assertEquals([tally.accuracy(), tally.loss()], [-2, Infinity]);
});

Deno.test("evaluation folds TIMIT's phones and decodes as it is told; training does neither", () => {
  const classes = ["<blank>", ...TIMIT_PHONES];
  const [ao, aa, q] = ["ao", "aa", "q"].map((phone) => classes.indexOf(phone));
  const { batch, logits } = batchOf([{ reference: [ao!, q!], heard: [aa!] }], [0], classes.length);
  const counts = startRecognition(classes, { labels: FOLDED_PHONES, of: foldingOf(classes)! });
  countRecognized(counts, [{ reference: [ao!, q!], hypothesis: [aa!], loss: 1 }]);
  for (const decoder of [{ kind: "greedy" }, { kind: "beam", width: 4 }]) {
    const tally = work.startTally(classes, { decoder }, true);
    tally.add(batch, logits, 1);
    assertEquals(tally.figures(), phonemeFigures(counts));
    assertEquals(tally.told.map(({ score, of }) => [score, of]), [[0, 1]]); // of folded phones, as the score
    assertEquals(tally.figures().score, 0);
  }
  const training = work.startTally(classes, {});
  training.add(batch, logits, 1);
  assertEquals([training.accuracy(), training.figures().score], [0, 1]);
});

Deno.test("a beam finds what greedy decoding misses", () => {
  // Every path's best is blank, yet all paths that spell "a" are likelier than the one of blanks.
  const logits = Float32Array.from([0.6, 0.4, 1e-9, 0.6, 0.4, 1e-9].map(Math.log));
  const { batch } = batchOf([{ reference: [1], heard: [0, 0] }], [0], CLASSES.length);
  const heard = (decoder: { kind: string; width?: number }) => {
    const tally = work.startTally(CLASSES, { decoder }, true);
    tally.add(batch, logits, 1);
    return tally.told[0]!.labels;
  };
  assertEquals(heard({ kind: "greedy" }), []);
  assertEquals(heard({ kind: "beam", width: 4 }), ["a"]);
});

Deno.test("the loss is smaller the surer a network is of the labels, and labels take frames", async () => {
  const { batch, logits } = batchOf(UTTERANCES.slice(0, 1), [0], CLASSES.length);
  const losses = await Promise.all([1, 0.2].map(async (scale) => {
    const loss = tf.tidy(() => work.loss(tf.tensor3d(logits.map((x) => x * scale), [1, 4, 3]), batch));
    const [value] = await loss.data();
    loss.dispose();
    return value!;
  }));
  assert(losses[0]! < 0.01 && losses[1]! > 0.1, losses.join());
  assertEquals([[1], [1, 2], [1, 1, 2], []].map((own) => kind.leastFrames(Int32Array.from(own))), [
    1,
    2,
    4,
    1,
  ]);
});

Deno.test("each sampler of the task goes through lengths; told one by one, utterances are in order", async () => {
  const { samplers } = await loadKind(TASKS, "asr", "task");
  const frames = Int32Array.from({ length: 21 }, (_, row) => 5 + (row * 7) % 21);
  const source: Examples = {
    count: 21,
    names: Array.from(frames, (_, row) => `${row}`),
    classes: CLASSES,
    frames,
    labelsOf: () => Int32Array.of(1),
  };
  for (const sampler of samplers) {
    for (const most of [null, 10, 50]) {
      const batches = work.epochBatches({ sampler, most, classClips: {} }, source, 8, Rng.fromSeed(1));
      assertEquals(batches, epochBatches(sampler, frames, 8, most, Rng.fromSeed(1)));
      assertEquals(batches.length, work.stepsPerEpoch({ sampler, most, classClips: {} }, source, 8));
    }
  }
  assertEquals(work.evaluationBatches(source, 8, true).flatMap((rows) => [...rows]), [...frames.keys()]);
  assertEquals(work.evaluationBatches(source, 8, false), batchesByLength(frames, 8));
  assertAlmostEquals(
    work.stepsPerEpoch({ sampler: "shuffle", most: null, classClips: {} }, { ...source, count: 100 }, 8),
    13,
  );
});
