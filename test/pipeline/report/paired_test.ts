import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import type { Interval } from "../../../lib/metrics/interval.ts";
import { answerOf } from "../../../pipeline/report/page/headline.ts";
import { gainsOver, scoreCells, verdict } from "../../../pipeline/report/statistics/gains.ts";
import { gainBasis, measureOf } from "../../../pipeline/report/statistics/measure.ts";
import { differencesOf, type Outcomes, pairedInterval } from "../../../pipeline/report/statistics/paired.ts";
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
  // Two seeds, three examples: mean squares 1/6 of seeds, 1/2 of examples, 1/6 of the rest; 9 degrees of freedom.
  const differences = [[1, 0, 0], [1, 1, 0]].map((values) => ({
    values: Float64Array.from(values),
    unit: 1,
  }));
  const half = 2.262 * Math.sqrt((1 / 6 + 1 / 2 - 1 / 6) / 6);
  assertInterval(pairedInterval(differences), [0.5, 0.5 - half, 0.5 + half], 1e-9);
});

Deno.test("an interval holds the true difference as often as it says, with one seed and with several", () => {
  const rng = Rng.fromSeed("coverage");
  for (const seeds of [1, 3, 5]) {
    const [tried, examples, mean] = [400, 60, 0.1];
    let held = 0;
    for (let t = 0; t < tried; t++) {
      const hard = Float64Array.from({ length: examples }, () => 0.3 * rng.normal());
      const differences = Array.from({ length: seeds }, () => {
        const luck = seeds === 1 ? 0 : 0.05 * rng.normal(); // of one seed nothing can be known but of that seed
        return { unit: 0.1, values: hard.map((h) => mean + luck + h + 0.3 * rng.normal()) };
      });
      const { low, high } = pairedInterval(differences);
      if (low <= mean && mean <= high) held++;
    }
    assert(held / tried > 0.92 && held / tried < 0.985, `${seeds} seeds: ${held} of ${tried}`);
  }
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
      score: { value: score.reduce((sum, one) => sum + one, 0) / 300, low: 0, high: 1 },
    });
  }
  const results = compareRuns("T", runs);
  const [gain] = gainsOver(results.rows, outcomes);
  const measure = measureOf(results);
  assertAlmostEquals(gain!.gain.value, gain!.score - gain!.scoreInA, 1e-12);
  assertEquals([gain!.gain.paired, verdict(gain!.gain, measure)], [true, "gain"]);
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
