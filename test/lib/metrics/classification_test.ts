import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  accuracy,
  classificationFigures,
  countBatch,
  meanCrossEntropy,
  startCounts,
} from "../../../lib/metrics/classification.ts";

/** Logits that choose the given classes. */
function choosing(classes: number, predictions: readonly number[]): number[] {
  return predictions.flatMap((p) => Array.from({ length: classes }, (_, i) => (i === p ? 1 : 0)));
}

function figures(labels: readonly string[], truth: readonly number[], predictions: readonly number[]) {
  const counts = startCounts(labels.length);
  countBatch(counts, choosing(labels.length, predictions), truth);
  return classificationFigures(counts, labels);
}

// y_true and y_pred as below; every quotient is written out.
Deno.test("classificationFigures() matches a hand-computed table of three classes", () => {
  const result = figures(["a", "b", "c"], [0, 0, 0, 0, 1, 1, 1, 2, 2, 2], [0, 0, 1, 2, 1, 1, 0, 2, 0, 0]);
  assertEquals(result.confusion, [[2, 1, 1], [1, 2, 0], [2, 0, 1]]);
  assertEquals([result.clips, result.correct, result.accuracy], [10, 5, 0.5]);
  assertEquals(result.per_class.map((c) => [c.precision, c.recall, c.support, c.predicted]), [
    [2 / 5, 2 / 4, 4, 5],
    [2 / 3, 2 / 3, 3, 3],
    [1 / 2, 1 / 3, 3, 2],
  ]);
  const f1 = [4 / 9, 2 / 3, 2 / 5];
  result.per_class.forEach((c, i) => assertAlmostEquals(c.f1, f1[i]!, 1e-15));
  assertEquals(result.f1.micro, 0.5);
  assertAlmostEquals(result.f1.macro, (4 / 9 + 2 / 3 + 2 / 5) / 3, 1e-15);
  assertAlmostEquals(result.f1.weighted, 0.4 * (4 / 9) + 0.3 * (2 / 3) + 0.3 * (2 / 5), 1e-15);
  assertAlmostEquals(result.precision.macro, (2 / 5 + 2 / 3 + 1 / 2) / 3, 1e-15);
  assertAlmostEquals(result.recall.weighted, 0.5, 1e-15); // recall weighted by support is the accuracy
});

Deno.test("classificationFigures() gives 0 for an empty quotient and leaves out classes that never occur", () => {
  // b is never predicted, c is predicted but never true, d is neither.
  const result = figures(["a", "b", "c", "d"], [0, 0, 1, 1], [0, 2, 0, 2]);
  assertEquals(result.per_class, [
    { label: "a", precision: 0.5, recall: 0.5, f1: 0.5, support: 2, predicted: 2 },
    { label: "b", precision: 0, recall: 0, f1: 0, support: 2, predicted: 0 },
    { label: "c", precision: 0, recall: 0, f1: 0, support: 0, predicted: 2 },
    { label: "d", precision: 0, recall: 0, f1: 0, support: 0, predicted: 0 },
  ]);
  assertAlmostEquals(result.f1.macro, 0.5 / 3, 1e-15);
  assertEquals([result.f1.micro, result.f1.weighted], [0.25, 0.25]);
});

Deno.test("classificationFigures() is finite when nothing was counted", () => {
  const result = classificationFigures(startCounts(2), ["a", "b"]);
  assertEquals([result.accuracy, result.cross_entropy, result.f1.macro, result.f1.weighted], [0, 0, 0, 0]);
});

Deno.test("countBatch() sums the cross entropy of softmax without overflow", () => {
  const counts = startCounts(3);
  countBatch(counts, [0, 0, 0, 1000, 0, 0, Math.log(1), Math.log(2), Math.log(5)], [2, 1, 1]);
  assertAlmostEquals(meanCrossEntropy(counts), (Math.log(3) + 1000 + Math.log(4)) / 3, 1e-12);
});

Deno.test("countBatch() keeps a logit that is not a number visible", () => {
  const counts = startCounts(2);
  countBatch(counts, [NaN, 0], [0]);
  assertEquals(Number.isFinite(meanCrossEntropy(counts)), false);
});

Deno.test("countBatch() takes the first of equal logits", () => {
  const counts = startCounts(3);
  countBatch(counts, [1, 2, 2], [1]);
  assertEquals(accuracy(counts), 1);
});

Deno.test("countBatch() gives the same figures however clips fall into batches", () => {
  const truth = [0, 1, 2, 2, 1, 0, 1];
  const logits = truth.flatMap((_, i) => [Math.sin(i), Math.cos(3 * i), Math.sin(7 * i)]);
  const all = startCounts(3);
  countBatch(all, logits, truth);
  for (const size of [1, 2, 3]) {
    const parts = startCounts(3);
    for (let i = 0; i < truth.length; i += size) {
      countBatch(parts, logits.slice(3 * i, 3 * (i + size)), truth.slice(i, i + size));
    }
    assertEquals(classificationFigures(parts, ["a", "b", "c"]), classificationFigures(all, ["a", "b", "c"]));
  }
});

Deno.test("countBatch() throws on labels that are no class and on lengths that do not fit", () => {
  assertThrows(() => countBatch(startCounts(2), [0, 1], [2]), RangeError, "found label 2");
  assertThrows(() => countBatch(startCounts(2), [0, 1], [-1]), RangeError, "found label -1");
  assertThrows(() => countBatch(startCounts(2), [0, 1, 2], [0]), RangeError, "found 3 logits");
  assertThrows(() => classificationFigures(startCounts(2), ["a"]), RangeError, "1 labels");
});
