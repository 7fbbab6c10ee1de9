import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../../lib/base/errors.ts";
import { Rng } from "../../../../lib/base/random.ts";
import {
  classWeights,
  clipsInEpoch,
  epochOrder,
  type SamplerKind,
} from "../../../../lib/tasks/kws/sampler.ts";

const CLASSES = ["yes", "no", "_silence_", "_unknown_", "absent"];
// 40 yes, 10 no, 20 silence, 200 unknown
const LABELS = Int32Array.from([[0, 40], [1, 10], [2, 20], [3, 200]].flatMap(([k, n]) => Array(n).fill(k)));

function order(kind: SamplerKind, clipsPerEpoch: number | null, seed = 1): Uint32Array {
  return epochOrder({ kind, clipsPerEpoch }, LABELS, CLASSES, Rng.fromSeed(seed));
}

/** Share of each class among the draws. */
function shares(kind: SamplerKind, draws: number): number[] {
  const drawn = [...order(kind, draws)].map((clip) => LABELS[clip]!);
  return CLASSES.map((_, k) => drawn.filter((label) => label === k).length / draws);
}

Deno.test("epochOrder() of shuffle takes each clip once, in another order for another seed", () => {
  const first = order("shuffle", null);
  assertEquals([...first].sort((a, b) => a - b), [...LABELS.keys()]);
  assertEquals(order("shuffle", null), first);
  assertNotEquals(order("shuffle", null, 2), first);
});

Deno.test("epochOrder() of shuffle takes no clip twice when fewer or more are asked for than there are", () => {
  assertEquals(new Set(order("shuffle", 100)).size, 100);
  assertEquals(order("shuffle", 1000).length, LABELS.length);
});

Deno.test("epochOrder() of balanced draws every class that has clips equally often", () => {
  // 4 standard deviations of a share of 1/4 in 40,000 draws
  shares("balanced", 40_000).forEach((share, k) => assertAlmostEquals(share, k < 4 ? 1 / 4 : 0, 0.0087));
});

Deno.test("epochOrder() of paper weighs words 1, silence 4.6 and unknown 1/17", () => {
  const weights = [40, 10, 20 * 4.6, 200 / 17, 0];
  const total = weights.reduce((a, b) => a + b);
  shares("paper", 40_000).forEach((share, k) => assertAlmostEquals(share, weights[k]! / total, 0.01));
});

Deno.test("epochOrder() of capped takes each word's clip once, and of other classes as many as a word has on average", () => {
  const countsOf = (clips: Uint32Array) =>
    CLASSES.map((_, k) => [...clips].filter((c) => LABELS[c] === k).length);
  const [first, second] = [order("capped", null), order("capped", null, 2)];
  assertEquals(countsOf(first), [40, 10, 25, 25, 0]);
  assertEquals(clipsInEpoch({ kind: "capped", clipsPerEpoch: null }, LABELS, CLASSES), 100);
  const ofClass = (clips: Uint32Array, k: number) => [...clips].filter((clip) => LABELS[clip] === k);
  assertEquals(new Set(ofClass(first, 0)).size, 40);
  assertEquals(new Set(ofClass(first, 2)).size, 20); // 20 there are: each once, five twice
  assertEquals(new Set(ofClass(first, 3)).size, 25);
  assertNotEquals(ofClass(first, 3).sort(), ofClass(second, 3).sort());
  assertEquals(order("capped", 30).length, 30);
});

Deno.test("epochOrder() of capped takes of single classes as many clips as it is told, or their share of the epoch", () => {
  const drawn = (classClips: Readonly<Record<string, number>>, seed = 1) => {
    const spec = { kind: "capped", clipsPerEpoch: null, classClips } as const;
    const clips = epochOrder(spec, LABELS, CLASSES, Rng.fromSeed(seed));
    assertEquals(clips.length, clipsInEpoch(spec, LABELS, CLASSES));
    return CLASSES.map((_, k) => [...clips].filter((clip) => LABELS[clip] === k).length);
  };
  assertEquals(drawn({ _unknown_: 150 }), [40, 10, 25, 150, 0]);
  assertEquals(drawn({ yes: 20, _silence_: 5 }), [20, 10, 5, 25, 0]);
  assertEquals(drawn({ _unknown_: 0.25, _silence_: 0.5 }), [40, 10, 100, 50, 0]); // of 200
  assertEquals(drawn({ absent: 7 }), [40, 10, 25, 25, 0]);
  assertThrows(() => drawn({ unknown: 7 }), UserError, "there is yes, no, _silence_, _unknown_, absent");
});

Deno.test("epochOrder() of balanced takes of single classes the share of the epoch that it is told, else of each alike", () => {
  const drawn = (classClips: Readonly<Record<string, number>>) => {
    const spec = { kind: "balanced", clipsPerEpoch: 20_000, classClips } as const;
    const clips = epochOrder(spec, LABELS, CLASSES, Rng.fromSeed(1));
    return CLASSES.map((_, k) => [...clips].filter((clip) => LABELS[clip] === k).length / clips.length);
  };
  const near = (found: number[], wanted: number[]) =>
    wanted.forEach((share, k) => assertAlmostEquals(found[k]!, share, 0.015, `class ${k}`));
  near(drawn({}), [0.25, 0.25, 0.25, 0.25, 0]);
  near(drawn({ _unknown_: 0.4 }), [0.2, 0.2, 0.2, 0.4, 0]);
  near(drawn({ _unknown_: 0.4, _silence_: 0.1 }), [0.25, 0.25, 0.1, 0.4, 0]);
  near(drawn({ absent: 0.5 }), [0.25, 0.25, 0.25, 0.25, 0]);
  assertThrows(() => drawn({ unknown: 0.5 }), UserError, "there is yes, no, _silence_, _unknown_, absent");
  const words = { kind: "balanced", clipsPerEpoch: 100, classClips: { _unknown_: 0.4 } } as const;
  const order = epochOrder(words, Int32Array.of(0, 0, 1), ["yes", "no"], Rng.fromSeed(1));
  assertEquals(
    order,
    epochOrder({ ...words, classClips: {} }, Int32Array.of(0, 0, 1), ["yes", "no"], Rng.fromSeed(1)),
  );
});

Deno.test("classWeights() make classes that have clips count alike", () => {
  const weights = classWeights(LABELS, CLASSES.length);
  const counts = [40, 10, 20, 200];
  counts.forEach((count, k) => assertAlmostEquals(weights[k]! * count, 270 / 4, 1e-4));
  assertEquals(weights[4], 0);
});

Deno.test("epochOrder() with replacement reaches every clip, the first and the last included", () => {
  assertEquals(new Set(order("balanced", 40_000)).size, LABELS.length);
});

Deno.test("epochOrder() draws as many as there are clips when clips_per_epoch is null", () => {
  for (const kind of ["shuffle", "balanced", "paper"] as const) {
    assertEquals(order(kind, null).length, LABELS.length);
    assertEquals(order(kind, 7).length, clipsInEpoch({ kind, clipsPerEpoch: 7 }, LABELS, CLASSES));
  }
});

Deno.test("epochOrder() throws when there are no clips", () => {
  const spec = { kind: "balanced", clipsPerEpoch: 3 } as const;
  assertThrows(() => epochOrder(spec, new Int32Array(0), CLASSES, Rng.fromSeed(0)), RangeError, "no clips");
});

Deno.test("epochOrder() of paper takes a word that every object has a field of for a word", () => {
  const spec = { kind: "paper", clipsPerEpoch: 200 } as const;
  const drawn = epochOrder(spec, Int32Array.of(0, 1), ["constructor", "yes"], Rng.fromSeed(0));
  const ofConstructor = drawn.filter((clip) => clip === 0).length;
  assert(ofConstructor > 70 && ofConstructor < 130, String(ofConstructor));
});
