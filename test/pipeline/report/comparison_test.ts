import { assertAlmostEquals, assertEquals } from "@std/assert";
import { compareRuns, repeatsSeeds } from "../../../pipeline/report/statistics/comparison.ts";
import { meanStd } from "../../../pipeline/report/statistics/mean_std.ts";
import { keywordRun, phonemeRun } from "../../support/evaluated_runs.ts";

/** D gains 0.10, 0.20 and 0.30 over A with the same seed; a fourth D has no A. */
const RUNS = [
  keywordRun({ setting: "A", seed: 0, score: 0.5 }),
  keywordRun({ setting: "A", seed: 1, score: 0.6 }),
  keywordRun({ setting: "A", seed: 2, score: 0.4 }),
  keywordRun({ setting: "D", seed: 0, score: 0.6 }),
  keywordRun({ setting: "D", seed: 1, score: 0.8 }),
  keywordRun({ setting: "D", seed: 2, score: 0.7 }),
  keywordRun({ setting: "D", seed: 3, score: 0.9 }),
];

Deno.test("compareRuns() takes the difference to the run that differs only in having setting A", () => {
  const { rows } = compareRuns("T", [
    keywordRun({ setting: "A", score: 0.5 }),
    keywordRun({ setting: "D", score: 0.75 }),
    keywordRun({ setting: "A", score: 0.25, bands: 10 }),
    keywordRun({ setting: "D", score: 0.5, bands: 10 }),
    keywordRun({ setting: "D", score: 0.5, bands: 20 }),
    keywordRun({ setting: "D", score: 0.5, seed: 1 }),
    keywordRun({ setting: "D", score: 0.5, other: { "trainer.epochs": 3 } }),
  ]);
  assertEquals(rows.map(({ gainOverA }) => gainOverA?.value ?? null), [
    ...[null, 0.25, null, 0.25, null, null, null],
  ]);
});

Deno.test("what guessing would score is told of classes, and not of sequences", () => {
  const run = keywordRun({ setting: "A", score: 0.5 });
  assertEquals(compareRuns("T", [run]).guessing, { classes: 2, largest: 0.5 });
  const { last, ...others } = run.metrics.checkpoints;
  const checkpoints = { ...others, last: { ...last, confusion: { ...last.confusion, nothing: true } } };
  assertEquals(compareRuns("T", [{ ...run, metrics: { ...run.metrics, checkpoints } }]).guessing, null);
});

Deno.test("recognisers are compared by folded phones where all have them, and the lowest rate is the best", () => {
  const phones = compareRuns("T", [
    phonemeRun({ setting: "A", score: 0.5 }),
    phonemeRun({ setting: "D", score: 0.45 }),
  ]);
  assertEquals([phones.comparedBy, phones.told.run], ["folded_error_rate", "linear-D-mel40-seed0"]);
  assertAlmostEquals(phones.rows[1]!.gainOverA!.value, -0.05);
  const words = compareRuns("T", [phonemeRun({ setting: "A", score: 0.5, folded: false })]);
  assertEquals(words.comparedBy, "error_rate");
  assertEquals(words.columns.map(({ name }) => name), ["error_rate", "substitutions"]);
  const mixed = compareRuns("T", [
    phonemeRun({ setting: "A", score: 0.5, folded: false }),
    phonemeRun({ setting: "D", score: 0.5 }),
  ]);
  assertEquals(mixed.comparedBy, "error_rate");
  assertEquals(mixed.rows.map(({ best }) => best.values), [[null, 0.5, 5], [0.4, 0.5, 5]]);
});

Deno.test("meanStd() divides the squares by n - 1, and has no deviation for one value", () => {
  // The squares of the differences sum to 32.
  const { mean, std, n } = meanStd([2, 4, 4, 4, 5, 5, 7, 9]);
  assertEquals([mean, n], [5, 8]);
  assertAlmostEquals(std!, Math.sqrt(32 / 7), 1e-14);
  assertEquals(meanStd([3]), { mean: 3, std: null, n: 1 });
});

Deno.test("a summary averages over seeds and pairs gains by seed", () => {
  const { summary } = compareRuns("T", RUNS);
  const [a, d, ...rest] = summary;
  assertEquals([rest, a!.seeds, d!.seeds, a!.gainOverA], [[], [0, 1, 2], [0, 1, 2, 3], null]);
  assertAlmostEquals(a!.score.mean, 0.5);
  assertAlmostEquals(d!.values[0]!.mean, 0.75);
  assertEquals([d!.gainOverA!.n, Number(d!.gainOverA!.mean.toFixed(9))], [3, 0.2]);
  assertAlmostEquals(d!.gainOverA!.std!, 0.1);
});

Deno.test("other values and numbers of bands keep runs apart; without repeated seeds there is no summary", () => {
  const runs = [
    keywordRun({ setting: "A", score: 0.5 }),
    keywordRun({ setting: "A", score: 0.5, other: { "trainer.epochs": 3 } }),
    keywordRun({ setting: "A", score: 0.5, bands: 10 }),
  ];
  assertEquals(repeatsSeeds(runs.map(({ description }) => description)), false);
  assertEquals(compareRuns("T", runs).summary, []);
  assertEquals(repeatsSeeds(RUNS.map(({ description }) => description)), true);
});

Deno.test("the state that is tested gives a run's score, figures and gain; both are kept", () => {
  const last = (run: ReturnType<typeof keywordRun>, value: number) => {
    const { checkpoints } = run.metrics;
    const score = { ...checkpoints.last.score, value };
    const values = checkpoints.last.values.map(() => value);
    return {
      ...run,
      metrics: {
        ...run.metrics,
        tested: "last" as const,
        checkpoints: { ...checkpoints, last: { ...checkpoints.last, score, values } },
      },
    };
  };
  const { rows, told } = compareRuns("T", [
    last(keywordRun({ setting: "A", score: 0.9 }), 0.5),
    last(keywordRun({ setting: "D", score: 0.8 }), 0.7),
  ]);
  assertEquals(rows.map(({ state, score }) => [state, score.value]), [["last", 0.5], ["last", 0.7]]);
  assertAlmostEquals(rows[1]!.gainOverA!.value, 0.2);
  assertEquals(told.run, "linear-D-mel40-seed0");
  assertEquals(rows[0]!.last.values[0], 0.5);
});
