import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import type { Interval } from "../../../lib/metrics/interval.ts";
import { answerOf } from "../../../pipeline/report/page/headline.ts";
import { type Gain, gainsOver, scoreCells, verdict } from "../../../pipeline/report/statistics/gains.ts";
import { gainBasis, measureOf } from "../../../pipeline/report/statistics/measure.ts";
import { mcNemar } from "../../../lib/metrics/paired_tests.ts";
import type { Outcomes } from "../../../pipeline/report/statistics/outcomes.ts";
import {
  type Differences,
  differencesOf,
  pairedInterval,
  seedsInterval,
} from "../../../pipeline/report/statistics/paired.ts";
import { compareRuns } from "../../../pipeline/report/statistics/comparison.ts";
import { keywordRun } from "../../support/evaluated_runs.ts";

/** Clips, told right (1) or wrong (0). */
function clips(right: readonly number[], examples = "test"): Outcomes {
  return { examples, score: Float64Array.from(right), of: Float64Array.from(right, () => 1) };
}

/** So many clips that both tell, only the first, only the second, none. */
function table(both: number, first: number, second: number, none: number): readonly [Outcomes, Outcomes] {
  const of = (...right: readonly number[]) =>
    clips([both, first, second, none].flatMap((count, i) => Array<number>(count).fill(right[i]!)));
  return [of(1, 1, 0, 0), of(1, 0, 1, 0)];
}

/** Of examples that weigh the same. */
function differencesIn(raw: ArrayLike<number>, speakers?: Differences["speakers"]): Differences {
  return { raw: Float64Array.from(raw), of: new Float64Array(raw.length).fill(1), speakers };
}

function intervalOf(run: Outcomes, from: Outcomes): Interval {
  return pairedInterval([differencesOf(run, from)!]);
}

function assertInterval(found: Interval, [value, low, high]: readonly number[], tolerance: number): void {
  assertAlmostEquals(found.value, value!, tolerance);
  assertAlmostEquals(found.low, low!, tolerance);
  assertAlmostEquals(found.high, high!, tolerance);
}

Deno.test("the interval of a paired difference agrees with a published one", () => {
  // Agresti, Categorical Data Analysis, 10.1.2: approval of a prime minister in two surveys of the same 1,600 people.
  assertInterval(intervalOf(...table(794, 150, 86, 570)), [0.04, 0.02, 0.06], 2e-3);
});

Deno.test("half an example more of each kind keeps a few from being taken for certainty", () => {
  // Agresti and Min: (12 - 4) / 102, and the variance of 12.5 and 4.5 of 102.
  const half = 1.959964 * Math.sqrt((17 / 102 - (8 / 102) ** 2) / 102);
  assertInterval(intervalOf(...table(50, 12, 4, 34)), [0.08, 8 / 102 - half, 8 / 102 + half], 1e-6);
  assertInterval(intervalOf(...table(60, 0, 0, 40)), [0, -1.959964 / 102, 1.959964 / 102], 1e-6);
  const few = intervalOf(...table(200, 4, 0, 96)); // McNemar's exact test: p = 0.125
  assert(few.low < 0 && few.high > 0, JSON.stringify(few));
});

Deno.test("what is hard for both runs drops out", () => {
  const [run, from] = table(150, 20, 5, 125);
  const { low, high } = intervalOf(run, from);
  const apart = Math.sqrt(2 * 0.25 / 300) * 1.96;
  assert(high - low < 0.6 * 2 * apart, `${low} ${high}`);
});

Deno.test("a ratio's difference is that of the quotients, and longer examples weigh more", () => {
  const of = Float64Array.of(10, 20, 30, 40);
  const run: Outcomes = { examples: "u", score: Float64Array.of(1, 2, 3, 10), of };
  const from: Outcomes = { examples: "u", score: Float64Array.of(2, 2, 6, 12), of };
  const { value, low, high } = intervalOf(run, from);
  assertAlmostEquals(value, (16 - 22) / 100, 1e-12);
  assert(low < value && value < high);
  const doubled = (one: Outcomes): Outcomes => ({
    ...one,
    score: one.score.map((s) => 2 * s),
    of: of.map((n) => 2 * n),
  });
  assertAlmostEquals(intervalOf(doubled(run), doubled(from)).value, value, 1e-12);
});

Deno.test("runs that were tested on different examples, or on none, are not paired", () => {
  assertEquals(differencesOf(clips([1, 0]), clips([1, 0], "others")), undefined);
  assertEquals(differencesOf(clips([1, 0]), undefined), undefined);
  assertEquals(differencesOf(clips([]), clips([])), undefined);
});

Deno.test("with seeds, both seeds and examples are drawn", () => {
  // Two seeds, three examples: mean squares 1/6 of seeds, 1/2 of examples, 1/6 of the rest; of freedom
  // (1/2)^2 / ((1/6)^2 / 1 + (1/3)^2 / 2) = 3 degrees, whose 97.5 % quantile is 3.18245 (scipy).
  const differences = [[1, 0, 0], [1, 1, 0]].map((values) => differencesIn(values));
  const half = 3.182446305 * Math.sqrt((1 / 6 + 1 / 2 - 1 / 6) / 6);
  assertInterval(seedsInterval(differences), [0.5, 0.5 - half, 0.5 + half], 1e-8);
  // 2 * t.sf(0.5 / sqrt(0.5 / 6), 3)
  assertAlmostEquals(seedsInterval(differences).p, 0.181690113816209, 1e-9);
  // Never narrower than one seed that is their mean.
  const same = [0, 1].map(() => differencesIn([0, 0, 0, 0]));
  const { low, high, p } = pairedInterval(same);
  assertAlmostEquals(high, 1.959964 / 6, 1e-6);
  assertEquals([low, p], [-high, 1]);
});

/** How often the interval of a true difference of 0.1 holds it. Clips are told right or wrong, speakers alike or not. */
function coverage(seeds: number, speakers: number | null, tried: number): number {
  const rng = Rng.fromSeed(`coverage/${seeds}/${speakers}`);
  const [clips, mean] = [240, 0.1];
  const of = speakers === null
    ? undefined
    : { count: speakers, noises: 0, of: Int32Array.from({ length: clips }, (_, i) => i % speakers) };
  let held = 0;
  for (let t = 0; t < tried; t++) {
    const own = Array.from({ length: speakers ?? clips }, () => 0.15 * rng.normal());
    const differences = Array.from({ length: seeds }, () => {
      const luck = seeds === 1 ? 0 : 0.03 * rng.normal(); // of one seed nothing can be known but of that seed
      return differencesIn(
        Array.from({ length: clips }, (_, i) => {
          const gained = 0.25 + (mean + luck + own[i % own.length]!) / 2;
          const draw = rng.uniform();
          return draw < gained ? 1 : draw > 1 - (0.5 - gained) ? -1 : 0;
        }),
        of,
      );
    });
    const { low, high } = pairedInterval(differences);
    if (low <= mean && mean <= high) held++;
  }
  return held / tried;
}

Deno.test("an interval holds the true difference as often as it says: with seeds, and with clips that speakers share", () => {
  for (const seeds of [1, 3, 5]) {
    for (const speakers of [null, 12, 40]) {
      const found = coverage(seeds, speakers, 150);
      assert(found > 0.91, `${seeds} seeds, ${speakers} speakers: ${found}`);
    }
  }
});

Deno.test("clips of one speaker are no more than one speaker's word", () => {
  // 12 clips gained, none lost: by McNemar p = 0.0005. All are of one speaker of ten.
  const raw = Array.from({ length: 120 }, (_, i) => i < 12 ? 1 : 0);
  const speakers = { count: 10, noises: 0, of: Int32Array.from(raw, (_, i) => Math.floor(i / 12)) };
  const [apart, together] = [
    pairedInterval([differencesIn(raw)]),
    pairedInterval([differencesIn(raw, speakers)]),
  ];
  assert(apart.low > 0, `${apart.low}`);
  assertAlmostEquals(apart.p, mcNemar(12, 0), 1e-12);
  assertEquals([together.low <= 0, together.p], [true, 1]);
  // One clip of each of 12 speakers is another matter.
  const spread = { count: 12, noises: 0, of: Int32Array.from(raw, (_, i) => i % 12) };
  const found = pairedInterval([differencesIn(raw, spread)]);
  assert(found.low > 0, `${found.low}`);
  assertAlmostEquals(found.p, 2 / 2 ** 12, 1e-12);
});

Deno.test("the difference of error rates is resampled as a ratio of sums, and averaged over sizes as one", () => {
  const of = Float64Array.of(10, 20, 30, 40, 50, 60);
  const raw = Float64Array.of(-1, 0, -3, 2, -4, -6);
  const speakers = { count: 5, noises: 0, of: Int32Array.of(0, 0, 1, 2, 3, 4) };
  const { value, low, high, p } = pairedInterval([{ raw, of, speakers }]);
  assertAlmostEquals(value, -12 / 210, 1e-12);
  assert(low < value && value < high);
  // Totals -1, -3, 2, -4, -6: of 32 assignments of signs 6 reach 12, those with sums of 16, 14 and 12 either way.
  assertAlmostEquals(p, 6 / 32, 1e-12);
});

Deno.test("gains are paired over the same clips, sizes and seeds, and say so", () => {
  const rng = Rng.fromSeed("gains");
  const runs = [0, 1].flatMap((seed) =>
    ["A", "D"].flatMap((setting) => [10, 40].map((bands) => keywordRun({ setting, seed, bands, score: 0.5 })))
  );
  const hard = Array.from({ length: 300 }, () => rng.uniform(0, 1));
  const outcomes = new Map(
    runs.map(({ description: { run, setting } }) =>
      [run, clips(hard.map((h) => h + rng.uniform(0, 0.1) < (setting === "D" ? 0.6 : 0.5) ? 1 : 0))] as const
    ),
  );
  for (const made of runs) {
    const { score } = outcomes.get(made.description.run)!;
    Object.assign(made.metrics.checkpoints.best, {
      score: {
        ...made.metrics.checkpoints.best.score,
        ...{ value: score.reduce((sum, one) => sum + one, 0) / 300, low: 0, high: 1 },
      },
    });
  }
  const results = compareRuns("T", runs);
  const [gain] = gainsOver(results.rows, outcomes);
  const measure = measureOf(results);
  assertAlmostEquals(gain!.gain.value, gain!.score - gain!.scoreInA, 1e-12);
  assertEquals([gain!.gain.paired, verdict(gain!.gain, measure)], [true, "gain"]);
  assertEquals([gain!.gain.pHolm, gain!.gain.discordant], [gain!.gain.p, null]); // one comparison, of four pairs
  assertEquals(
    gainBasis([gain!], measure),
    "over the test clips that both runs were tested on, and over seeds where there are several",
  );
  assertStringIncludes(
    answerOf([gain!], measure, new Map()).sentences[0]!,
    "(2 seeds, 300 test clips, mean over 2 numbers of bands)",
  );
  const cells = scoreCells(results.rows, outcomes).filter(({ gain }) => gain !== null);
  assertEquals(cells.map(({ bands, gain }) => [bands, gain!.paired]), [[10, true], [40, true]]);

  const one = new Map(
    [...outcomes].map(([run, of], i) => [run, i === 0 ? { ...of, examples: "others" } : of]),
  );
  const [apart] = gainsOver(results.rows, one);
  assertEquals(apart!.gain.paired, false);
  assertStringIncludes(gainBasis([apart!], measure), "different ones are compared as such");
});

Deno.test("a seed that lacks a size weighs as much as one that has all", () => {
  const at = (seed: number, setting: string, bands: number, score: number) =>
    keywordRun({ seed, setting, bands, score });
  // Seed 0 gains 0.1 and 0.3 at two sizes, seed 1 gains 0.5 at the one it has.
  const runs = [
    ...[at(0, "A", 10, 0.2), at(0, "D", 10, 0.3), at(0, "A", 40, 0.2), at(0, "D", 40, 0.5)],
    ...[at(1, "A", 10, 0.2), at(1, "D", 10, 0.7)],
  ];
  const outcomes = new Map(runs.map(({ description: { run }, metrics }) => {
    const right = Math.round(300 * metrics.checkpoints.best.score.value);
    return [run, clips(Array.from({ length: 300 }, (_, i) => i < right ? 1 : 0))] as const;
  }));
  const { rows } = compareRuns("T", runs);
  for (const known of [outcomes, new Map()]) {
    const [{ gain, score, scoreInA, seeds, sizes }] = gainsOver(rows, known) as [Gain];
    assertEquals([seeds, sizes, gain.paired], [2, 2, known === outcomes]);
    assertAlmostEquals(gain.value, (0.2 + 0.5) / 2, 1e-12);
    assertAlmostEquals(score - scoreInA, gain.value, 1e-12);
    assert(gain.low < gain.value && gain.value < gain.high);
  }
});

Deno.test("seeds that agree by chance are not taken for certainty where runs were tested on different clips", () => {
  const runs = [0, 1].flatMap((seed) => [
    keywordRun({ seed, setting: "A", score: 0.5 }),
    keywordRun({ seed, setting: "D", score: 0.51 }),
  ]);
  const [{ gain }] = gainsOver(compareRuns("T", runs).rows, new Map()) as [Gain];
  assertEquals(gain.paired, false);
  assertAlmostEquals(gain.value, 0.01, 1e-12);
  assert(gain.p > 0.5 && gain.low < -0.05 && gain.high > 0.05, JSON.stringify(gain));
});

Deno.test("many comparisons in one table are corrected together, and a verdict heeds it", () => {
  const runs = ["A", "B", "C", "D"].map((setting) => keywordRun({ setting, score: 0.5 }));
  const [a, b] = table(200, 16, 4, 80); // McNemar's p 0.012
  const same = new Map(
    runs.map(({ description: { run, setting } }) => [run, setting === "D" ? a : b] as const),
  );
  for (const made of runs) {
    const { score } = same.get(made.description.run)!;
    Object.assign(made.metrics.checkpoints.best, {
      score: {
        ...made.metrics.checkpoints.best.score,
        value: score.reduce((sum, one) => sum + one, 0) / 300,
      },
    });
  }
  const known = runs.map((run) => ({ ...run, outcomes: same.get(run.description.run)! }));
  const { rows } = compareRuns("T", known);
  const d = rows[3]!.gainOverA!;
  assertEquals(d.discordant, { gained: 16, lost: 4, p: mcNemar(16, 4) });
  assertAlmostEquals(d.p, mcNemar(16, 4), 1e-12);
  assertAlmostEquals(d.pHolm, 3 * mcNemar(16, 4), 1e-12);
  assertEquals(rows[0]!.gainOverA, null);
  assertEquals([rows[1]!.gainOverA!.p, rows[1]!.gainOverA!.value], [1, 0]);
  assert(d.low > 0);
  const measure = { lowerIsBetter: false };
  assertEquals([verdict(d, measure), verdict({ ...d, pHolm: 0.06 }, measure)], ["gain", "unclear"]);
  // The report's cells and groups say the same.
  assertEquals(scoreCells(rows, same).find(({ setting }) => setting === "D")!.gain, d);
  assertEquals(gainsOver(rows, same).find(({ setting }) => setting === "D")!.gain, d);
});
