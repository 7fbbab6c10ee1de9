import { assert, assertEquals } from "@std/assert";
import { bestOf, candidates } from "../../../lib/stream/choose.ts";
import {
  detCurve,
  knownWords,
  type LabelledStream,
  pointAtRate,
  quantile,
  THRESHOLDS,
} from "../../../lib/stream/det.ts";
import { measureStream } from "../../../lib/stream/measure.ts";
import { heardIn, smoothed } from "../../../lib/stream/rule.ts";
import type { ScoredStream } from "../../../lib/stream/scores_io.ts";

const HOP = 0.125;
const FIRST = 1;
const CLASSES = ["yes", "no", "_silence_"];

/** Ten minutes in which nothing is heard but stretches in which a word has a probability. */
function scored(
  stretches: readonly (readonly [word: string, from: number, decisions: number, p: number])[],
): ScoredStream {
  const seconds = 600;
  const count = Math.floor((seconds - FIRST) / HOP) + 1;
  const posteriors = new Float32Array(count * CLASSES.length);
  for (let i = 0; i < count; i++) posteriors[i * 3 + 2] = 1;
  for (const [word, from, decisions, p] of stretches) {
    for (let k = 0; k < decisions; k++) {
      const at = (Math.round((from - FIRST) / HOP) + k) * 3;
      posteriors[at + CLASSES.indexOf(word)] = p;
      posteriors[at + 2] = 1 - p;
    }
  }
  return { classes: CLASSES, hopSeconds: HOP, firstSeconds: FIRST, seconds, posteriors };
}

const shape = { smoothing: 1, patience: 1, refractorySeconds: 0.5 };
const stream: LabelledStream = {
  scored: scored([["yes", 100, 6, 0.9], ["no", 200, 2, 0.7], ["yes", 300, 1, 0.95], ["no", 400, 1, 0.6]]),
  words: [
    { start: 99.5, end: 100, word: "yes" },
    { start: 199.5, end: 200, word: "no" },
    { start: 499, end: 499.5, word: "no" },
  ],
};

Deno.test("a stretch above the threshold is one detection, not one for each decision", () => {
  const heard = heardIn(stream.scored, smoothed(stream.scored, 1), { ...shape, threshold: 0.5 });
  assertEquals(heard.map(({ word, seconds }) => [word, seconds]), [
    ["yes", 100],
    ["no", 200],
    ["yes", 300],
    ["no", 400],
  ]);
});

Deno.test("a curve has both ends: all that can be detected, and nothing", () => {
  const curve = detCurve(stream, shape, 1);
  assertEquals(curve.length, THRESHOLDS.length);
  assertEquals(curve.map(({ threshold }) => threshold), [...THRESHOLDS]);
  const { missed, falseAlarms } = curve.at(-1)!;
  assertEquals([missed, falseAlarms], [3, 0], "at infinity");
  assert(curve[0]!.falseAlarms > 0);
  const at = (threshold: number) => curve.findLast((point) => point.threshold <= threshold)!;
  assertEquals([at(0.5).missed, at(0.5).falseAlarms], [1, 2]);
  assertEquals([at(0.92).missed, at(0.92).falseAlarms], [3, 1]);
  assertEquals(at(0.5).latencySeconds, 0);
});

Deno.test("patience eats short words, smoothing makes them fainter", () => {
  const missed = (smoothing: number, patience: number, threshold: number) =>
    detCurve(stream, { ...shape, smoothing, patience }, 1, [{ threshold }])[0]!.missed;
  assertEquals([missed(1, 1, 0.6), missed(1, 2, 0.6), missed(1, 3, 0.6)], [1, 1, 2]);
  assertEquals([missed(2, 1, 0.6), missed(4, 1, 0.6)], [1, 2]);
});

Deno.test("at a rate the fewest misses count, and a rate that allows no alarm has the end without any", () => {
  const curve = detCurve(stream, shape, 1);
  const hours = stream.scored.seconds / 3600; // a sixth: 6 an hour allow one alarm, 12 two
  const at = (perHour: number) => {
    const { missed, falseAlarms } = pointAtRate(curve, perHour, hours);
    return [missed, falseAlarms];
  };
  assertEquals(at(0), [3, 0]);
  assertEquals(at(5), [3, 0]);
  assertEquals(at(6), [1, 1]);
  assertEquals(at(12), [1, 1]);
});

Deno.test("threshold, patience and smoothing are chosen together, and of equal rules the quickest", () => {
  const search = {
    smoothing: [1, 2],
    patience: [1, 2],
    refractorySeconds: 0.5,
    toleranceSeconds: 1,
    allowedPerHour: 1,
    thresholds: "common",
  } as const;
  const found = candidates(stream, search);
  assertEquals(found.length, 4);
  const { shape, point } = bestOf(found, 0).chosen;
  // Two false alarms last one decision each: patience of 2 misses one word of three, and nothing else hears that few.
  assertEquals([shape.smoothing, shape.patience, point.missed, point.falseAlarms], [1, 2, 1, 0]);
  assert(
    point.threshold > 0.65 && point.threshold <= 0.7,
    `the highest that hears as much, found ${point.threshold}`,
  );
});

Deno.test("where no threshold is allowed, the rule with the fewest false alarms is chosen", () => {
  const certain: LabelledStream = { scored: scored([["yes", 100, 20, 1], ["no", 300, 20, 1]]), words: [] };
  const { chosen: { point } } = bestOf(
    candidates(certain, {
      smoothing: [1],
      patience: [1],
      refractorySeconds: 0.5,
      toleranceSeconds: 1,
      allowedPerHour: 1,
      thresholds: "common",
    }),
    0,
  );
  assertEquals([point.threshold, point.falseAlarms], [1, 2]);
});

Deno.test("words that the network does not know are not listened for", () => {
  const words = [{ start: 1, end: 2, word: "maybe" }, { start: 0, end: 1, word: "no" }, {
    start: 3,
    end: 4,
    word: "_silence_",
  }];
  assertEquals(knownWords(words, CLASSES), [{ start: 0, end: 1, word: "no" }]);
});

Deno.test("a measured stream tells what its operating point did, and how sure that is", () => {
  const search = {
    smoothing: [1],
    patience: [1, 2],
    refractorySeconds: 0.5,
    toleranceSeconds: 1,
    allowedPerHour: 1,
    thresholds: "common",
  } as const;
  const named = { stream: "x", scored: stream.scored, words: stream.words };
  const { operatingPoint, operating, atRates, test, detections, missed, curve } = measureStream(
    named,
    named,
    search,
  );
  assertEquals(operatingPoint.chosenOn, {
    stream: "x",
    hours: 1 / 6,
    words: 3,
    missed: 1,
    falseAlarms: 0,
    allowedPerHour: 1,
  });
  assertEquals([operating.missed, operating.falseAlarms], [1, 0]);
  assert(operating.missRate!.low < 1 / 3 && operating.missRate!.high > 1 / 3);
  assert(operating.alarmsPerHour.high > 20, "none in ten minutes says little of an hour");
  assertEquals(atRates.map(({ perHour, allowed }) => [perHour, allowed]), [[0.1, 0], [0.5, 0], [1, 0]]);
  assertEquals(test, { stream: "x", hours: 1 / 6, words: 3 });
  assertEquals(detections.map(({ outcome }) => outcome), ["hit", "hit"]);
  assertEquals(missed, [stream.words[2]]);
  assertEquals(curve.at(-1)!.threshold, null);
});

Deno.test("without labels every detection counts as a false alarm, and nothing is said of misses", () => {
  const search = {
    smoothing: [1],
    patience: [1],
    refractorySeconds: 0.5,
    toleranceSeconds: 1,
    allowedPerHour: 100,
    thresholds: "common",
  } as const;
  const named = { stream: "x", scored: stream.scored, words: stream.words };
  const { operating, test } = measureStream(named, { ...named, words: null }, search);
  assertEquals([operating.missRate, test.words], [null, null]);
  assertEquals(operating.falseAlarms, 3);
});

Deno.test("quantile() of none is null, and of one that one", () => {
  assertEquals([quantile([], 0.5), quantile([3], 0.9), quantile([3, 1, 2], 0.5)], [null, 3, 2]);
  assertEquals(quantile([0.5, 0.1], 0.5), 0.1, "half of the values do not exceed it");
  const ten = Array.from({ length: 10 }, (_, i) => i + 1);
  assertEquals([quantile(ten, 0.9), quantile(ten, 0), quantile(ten, 1)], [9, 1, 10]);
});
