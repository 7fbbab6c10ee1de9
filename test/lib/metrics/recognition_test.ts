import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import { bootstrapRatio } from "../../../lib/metrics/bootstrap.ts";
import { align, editDistance } from "../../../lib/metrics/edit_distance.ts";
import { countRecognized, recognitionFigures, startRecognition } from "../../../lib/metrics/recognition.ts";

const CLASSES = ["<blank>", "aa", "ao", "b", "q"];
/** aa and ao are one, q is left out. */
const FOLDING = { labels: ["aa", "b"], of: Int32Array.from([-1, 0, 0, 1, -1]) };

/** By definition, without a table. */
function distance(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return a.length + b.length;
  const [x, y] = [a.slice(1), b.slice(1)];
  return Math.min(distance(x, y) + (a[0] === b[0] ? 0 : 1), distance(x, b) + 1, distance(a, y) + 1);
}

Deno.test("align() has as few edits as any alignment, and spells out both sides", () => {
  const rng = Rng.fromSeed("align");
  for (let k = 0; k < 60; k++) {
    const [a, b] = [0, 1].map(() => Array.from({ length: rng.integer(7) }, () => rng.integer(3)));
    const alignment = align(a!, b!);
    assertEquals(editDistance(alignment), distance(a!, b!));
    assertEquals(alignment.pairs.flatMap(({ reference: r }) => r === null ? [] : [r]), a);
    assertEquals(alignment.pairs.flatMap(({ hypothesis: h }) => h === null ? [] : [h]), b);
    const wrong = alignment.pairs.filter(({ reference: r, hypothesis: h }) => r !== h).length;
    assertEquals(wrong, editDistance(alignment));
  }
});

Deno.test("align() tells substitutions, insertions and deletions apart", () => {
  const { substitutions, insertions, deletions } = align([1, 2, 3, 4], [1, 9, 3]);
  assertEquals([substitutions, insertions, deletions], [1, 0, 1]);
  assertEquals(align([], [5, 6]).insertions, 2);
  assertEquals(align([5, 6], []).deletions, 2);
});

Deno.test("error rates are counted over the corpus: no batching changes them", () => {
  const utterances = [
    { reference: [1, 3, 1], hypothesis: [1, 3, 1], loss: 1 },
    { reference: [2], hypothesis: [1, 4], loss: 2 },
    { reference: [3, 3], hypothesis: [3], loss: 6 },
  ];
  const figures = (sizes: readonly number[]) => {
    const counts = startRecognition(CLASSES, FOLDING);
    let at = 0;
    for (const size of sizes) countRecognized(counts, utterances.slice(at, at += size));
    return recognitionFigures(counts);
  };
  const [one, two] = [figures([3]), figures([1, 2])];
  assertEquals(one, two);
  assertEquals(one.utterances, 3);
  assertEquals(one.loss, 3);
  // ao heard as aa and a q: one substitution, one insertion; one b deleted; of six labels
  const { substitutions, insertions, deletions, reference, rate } = one.errors;
  assertEquals([substitutions, insertions, deletions, reference], [1, 1, 1, 6]);
  assertAlmostEquals(rate, 3 / 6);
  // folded, ao is aa and q is not there
  assertEquals([one.folded!.substitutions, one.folded!.insertions, one.folded!.deletions], [0, 0, 1]);
  assertAlmostEquals(one.folded!.rate, 1 / 6);
  assertAlmostEquals(one.compat.utterance_average, (0 + 2 / 1 + 1 / 2) / 3);
});

Deno.test("the confusion matrix counts what was heard for what, with insertions and deletions at its edge", () => {
  const counts = startRecognition(CLASSES, FOLDING);
  countRecognized(counts, [
    { reference: [2, 3], hypothesis: [3, 3], loss: 0 },
    { reference: [1, 4], hypothesis: [1, 3], loss: 0 },
    { reference: [1, 3], hypothesis: [1], loss: 0 },
  ]);
  const { labels, counts: rows } = recognitionFigures(counts).confusion;
  assertEquals(labels, ["aa", "b", "-"]);
  assertEquals(rows, [[2, 1, 0], [0, 1, 1], [0, 1, 0]]);
  const unfolded = startRecognition(CLASSES, null);
  countRecognized(unfolded, [{ reference: [2], hypothesis: [4], loss: 0 }]);
  const plain = recognitionFigures(unfolded);
  assertEquals(plain.folded, null);
  assertEquals(plain.confusion.labels, ["aa", "ao", "b", "q", "-"]);
  assertEquals(plain.confusion.counts[1], [0, 0, 0, 1, 0]);
});

Deno.test("bootstrapRatio() covers the true rate about as often as it says, and follows its generator", () => {
  let covered = 0;
  const trials = 200;
  for (let k = 0; k < trials; k++) {
    const rng = Rng.fromSeed(`coverage/${k}`);
    const below = Array.from({ length: 40 }, () => 10 + rng.integer(20));
    const above = below.map((n) => Array.from({ length: n }, () => rng.uniform() < 0.3 ? 1 : 0 as number))
      .map((errors) => errors.reduce((sum, e) => sum + e, 0));
    const [low, high] = bootstrapRatio(above, below, rng.fork("bootstrap"));
    if (low <= 0.3 && 0.3 <= high) covered++;
  }
  // 95 % of 200 with four standard deviations of a binomial count
  assert(covered >= 190 - 4 * 3.1 - 4 && covered <= 200, String(covered));
  assertEquals(
    bootstrapRatio([1, 2, 0], [4, 4, 4], Rng.fromSeed(3)),
    bootstrapRatio([1, 2, 0], [4, 4, 4], Rng.fromSeed(3)),
  );
  assertEquals(bootstrapRatio([1], [4], Rng.fromSeed(3)), [0.25, 0.25]);
  assertEquals(bootstrapRatio([], [], Rng.fromSeed(3)), [0, 1]);
});
