import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import { allocated, expectedAlarms, type WordCurve } from "../../../lib/stream/allocate.ts";
import { bestOf, candidates, type Search } from "../../../lib/stream/choose.ts";
import { allowedAlarms, type LabelledStream, outcomes, THRESHOLDS } from "../../../lib/stream/det.ts";

const PLACES = THRESHOLDS.filter((threshold) => threshold <= 1).length;
const COMMON = 40;

/** A word by the places up to which its false alarms and its hits reach. */
function curveOf(word: string, alarms: readonly number[], hits: readonly number[]): WordCurve {
  const reaching = (values: readonly number[], i: number) => values.filter((value) => value >= i).length;
  const places = Array.from({ length: PLACES }, (_, i) => i);
  return {
    word,
    said: hits.length,
    falseAlarms: places.map((i) => reaching(alarms, i)),
    missed: places.map((i) => hits.length - reaching(hits, i)),
  };
}

const spread = (from: number, to: number, count: number) =>
  Array.from({ length: count }, (_, i) => Math.round(from + (to - from) * i / (count - 1)));

Deno.test("beyond its highest alarms a word's tail is that of an exponential distribution", () => {
  // Counts that halve with each step: a mean excess of one step, and half an alarm more for what was not seen.
  const halves = curveOf("yes", [...Array(8).fill(10), ...Array(4).fill(11), 12, 12, 13, 14], []);
  const [expected] = expectedAlarms([halves]);
  const [from, at] = [11, halves.falseAlarms];
  assertEquals([at[10], at[11], at[12], at[13], at[14], at[15]], [16, 8, 4, 2, 1, 0]);
  assertEquals(expected![10], 16, "what there is much of is counted");
  const kept = 7 / 15; // excesses of 4 + 2 + 1 steps over 8 alarms
  for (const beyond of [0, 1, 2, 10]) assertAlmostEquals(expected![from + beyond]!, 8.5 * kept ** beyond);
});

Deno.test("a mean excess of few alarms is drawn towards that of all words", () => {
  const many = curveOf("yes", spread(10, 30, 10), []);
  const few = curveOf("no", [1], []);
  const [[alone], [, together]] = [expectedAlarms([few]), expectedAlarms([many, few])];
  assert(together![20]! > 10 * alone![20]!, `${together![20]} and ${alone![20]}`);
});

Deno.test("alarms are shared out where they buy the most, and no more than are allowed are left", () => {
  const easy = curveOf("easy", spread(4, 20, 12), spread(30, 70, 20));
  const hard = curveOf("hard", spread(20, 60, 12), spread(10, 70, 20));
  const places = allocated([easy, hard], COMMON, 0)!;
  assert(places[0]! < COMMON, `a word with few alarms has a lower threshold, found ${places}`);
  assert(places[1]! > 60, `one with many a higher, found ${places}`);
  const expected = expectedAlarms([easy, hard]);
  const total = places.reduce((sum, place, w) => sum + expected[w]![place]!, 0);
  assert(total <= 1 && total > 0.8, `what may be expected is spent, found ${total}`);
  const more = allocated([easy, hard], COMMON, 3)!;
  assert(more[0]! <= places[0]! && more[1]! < places[1]!, `more are shared out, found ${more}`);
});

Deno.test("no word is made deaf by a stream without false alarms, or by another with alarms at any threshold", () => {
  const words = Array.from({ length: 10 }, (_, w) => curveOf(`word ${w}`, [], spread(30, 70, 20)));
  for (
    const curves of [
      words,
      words.map((word) => ({ ...word, falseAlarms: word.falseAlarms.map((_, i) => i === 0 ? 3 : 0) })),
    ]
  ) {
    const places = allocated(curves, COMMON, 1)!;
    assert(places.every((place) => place > 3 && place <= 30), `found ${places}`);
  }
  const sure = { ...curveOf("sure", [], spread(30, 70, 20)), falseAlarms: Array(PLACES).fill(11) };
  const [, others] = expectedAlarms([sure, curveOf("yes", spread(4, 20, 12), [])]);
  assert(others!.every(Number.isFinite), `found ${others}`);
  assertEquals(expectedAlarms([sure])[0]![PLACES - 1], 11);
});

Deno.test("words that were hardly said have the common threshold", () => {
  const curves = [curveOf("yes", spread(4, 20, 12), spread(30, 70, 20)), curveOf("no", [5], [60, 60])];
  assertEquals(allocated(curves, COMMON, 0)![1], COMMON);
});

Deno.test("where what is expected is less than what there was, thresholds are raised until as few are left as allowed", () => {
  // Far above all others, which a tail takes for very unlikely.
  const odd = curveOf("odd", [...spread(0, 8, 12), 60], spread(61, 75, 20));
  const places = allocated([odd, curveOf("even", spread(0, 8, 12), spread(30, 75, 20))], COMMON, 0)!;
  assertEquals(odd.falseAlarms[places[0]!], 0);
  const endless = curveOf("endless", [PLACES], [PLACES, PLACES, PLACES]);
  assertEquals(allocated([endless], COMMON, 0), null, "nothing can be raised beyond 1");
});

/** Words that are as easily said as taken for others in different ways, scored without any sound. */
const WORDS = ["a", "b", "c", "d", "e", "f", "g", "h"];
const [HOP, SECONDS] = [0.1, 1200];
const SEARCH: Search = {
  smoothing: [1],
  patience: [1],
  refractorySeconds: 0.5,
  toleranceSeconds: 0.5,
  allowedPerHour: 3, // one in these twenty minutes
  thresholds: "word",
};

/** Log odds of hits and of false alarms are normal; each word has its own means and its own number of alarms. */
function streamOf(rng: Rng): LabelledStream {
  const classes = [...WORDS, "_unknown_"];
  const posteriors = new Float32Array(Math.round(SECONDS / HOP) * classes.length);
  const events = Array.from({ length: 400 }, (_, i) => i);
  const words = events.flatMap((i) => {
    const c = i % WORDS.length;
    const isSaid = i % 5 < 2;
    const mean = isSaid ? 1.5 + 0.5 * c : -3 + 0.6 * c;
    if (!isSaid && rng.uniform(0, 1) > 0.3 + 0.08 * c) return [];
    const at = 30 * i + 10;
    posteriors[at * classes.length + c] = 1 / (1 + Math.exp(-(mean + 1.5 * rng.normal())));
    const end = (at + 1) * HOP;
    return isSaid ? [{ start: end - 0.05, end, word: WORDS[c]! }] : [];
  });
  const scored = { classes, hopSeconds: HOP, firstSeconds: HOP, seconds: SECONDS, posteriors };
  return { scored, words };
}

Deno.test("on streams of the same kind, thresholds of words miss less and raise no more alarms than a common one", () => {
  const seeds = Array.from({ length: 60 }, (_, seed) => Rng.fromSeed(`stream ${seed}`));
  const pairs = seeds.map((rng) => {
    const [development, fresh] = [streamOf(rng), streamOf(rng)];
    const found = candidates(development, SEARCH);
    const most = allowedAlarms(SEARCH.allowedPerHour, SECONDS / 3600);
    const { chosen, common } = bestOf(found, most);
    const rules = [chosen, common];
    assert(rules.every(({ point }) => point.falseAlarms <= most));
    const [word, one] = outcomes(fresh, chosen.shape, SEARCH.toleranceSeconds, rules);
    return {
      alarms: word!.falseAlarms.length - one!.falseAlarms.length,
      missed: word!.missed.length - one!.missed.length,
      own: chosen.thresholds !== undefined,
    };
  });
  assert(pairs.every(({ own }) => own));
  const [alarms, missed] = [pairs.map((one) => one.alarms), pairs.map((one) => one.missed)];
  // One-sided t tests at 5 %: alarms are not more, misses are fewer.
  assert(tOf(alarms) < 1.67, `${mean(alarms)} more false alarms on average, t ${tOf(alarms)}`);
  assert(tOf(missed) < -1.67, `${mean(missed)} more misses on average, t ${tOf(missed)}`);
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function tOf(values: readonly number[]): number {
  const centre = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
  return centre / Math.sqrt(variance / values.length);
}
