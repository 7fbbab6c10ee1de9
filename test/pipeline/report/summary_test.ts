import { assertAlmostEquals, assertEquals } from "@std/assert";
import { compareRuns, type RunDescription, type RunFigures } from "../../../pipeline/report/results.ts";
import { meanStd, repeatsSeeds, summarizeSeeds } from "../../../pipeline/report/summary.ts";
import { summaryCsv, summaryMarkdown, summaryText } from "../../../pipeline/report/summary_table.ts";

function run(
  setting: string,
  seed: number,
  accuracy: number,
  other: RunDescription["other"] = {},
): RunDescription & RunFigures {
  const checkpoint = { epoch: 3, accuracy, cross_entropy: 0.5, f1_macro: accuracy / 2, f1_weighted: 0.8 };
  return {
    run: `${setting}-${seed}`,
    setting,
    frontend: "nnaudio",
    model: "linear",
    n_mels: 40,
    seed,
    other,
    trained_parameters: 48492,
    test_clips: 400,
    best: checkpoint,
    last: checkpoint,
    train_seconds: 65,
  };
}

/** D gains 0.10, 0.20 and 0.30 over A with the same seed; a fourth D has no A. */
const RUNS = [
  run("A", 0, 0.5),
  run("A", 1, 0.6),
  run("A", 2, 0.4),
  run("D", 0, 0.6),
  run("D", 1, 0.8),
  run("D", 2, 0.7),
  run("D", 3, 0.9),
];

Deno.test("meanStd() divides the squares by n - 1, and has no deviation for one value", () => {
  // The squares of the differences sum to 32.
  const { mean, std, n } = meanStd([2, 4, 4, 4, 5, 5, 7, 9]);
  assertEquals([mean, n], [5, 8]);
  assertAlmostEquals(std!, Math.sqrt(32 / 7), 1e-14);
  assertEquals(meanStd([3]), { mean: 3, std: null, n: 1 });
});

Deno.test("summarizeSeeds() averages over seeds and pairs gains by seed", () => {
  const [a, d, ...rest] = summarizeSeeds(compareRuns(RUNS));
  assertEquals([rest, a!.seeds, d!.seeds, a!.gain_over_a], [[], [0, 1, 2], [0, 1, 2, 3], null]);
  assertAlmostEquals(a!.accuracy.mean, 0.5, 1e-12);
  assertAlmostEquals(a!.accuracy.std!, 0.1, 1e-12);
  assertAlmostEquals(a!.f1_macro.std!, 0.05, 1e-12);
  assertAlmostEquals(d!.accuracy.mean, 0.75, 1e-12);
  assertAlmostEquals(d!.gain_over_a!.mean, 0.2, 1e-12); // not 0.25: the fourth seed has no pair
  assertAlmostEquals(d!.gain_over_a!.std!, 0.1, 1e-12);
  assertEquals(d!.gain_over_a!.n, 3);
});

Deno.test("summarizeSeeds() keeps configurations apart and is empty if seeds do not repeat any", () => {
  const short = { "trainer.epochs": 3 };
  const rows = summarizeSeeds(compareRuns([run("A", 0, 0.5), run("A", 1, 0.5), run("A", 0, 0.7, short)]));
  assertEquals(rows.map((r) => [r.accuracy.n, r.accuracy.std, r.other]), [[2, 0, {}], [1, null, short]]);
  const distinct = [run("A", 0, 0.5), run("D", 1, 0.5)];
  assertEquals([repeatsSeeds(distinct), summarizeSeeds(compareRuns(distinct))], [false, []]);
});

Deno.test("summaryText() and summaryMarkdown() show means with deviations, and other values only if there are any", () => {
  const rows = summarizeSeeds(compareRuns(RUNS));
  const [titles, , a, d] = summaryText(rows).split("\n");
  assertEquals(titles!.split(/ {2,}/), [
    "front-end",
    "set",
    "model",
    "mels",
    "seeds",
    "accuracy",
    "macro F1",
    "vs A",
    "pairs",
  ]);
  assertEquals(a!.split(/ {2,}/).slice(-4), ["50.0 +- 10.0", "25.0 +- 5.0", "-", "-"]);
  assertEquals(d!.split(/ {2,}/).slice(-2), ["+20.0 +- 10.0", "3"]);
  const markdown = summaryMarkdown(rows).split("\n");
  assertEquals(markdown.filter((l) => l.includes("+20.0 +- 10.0 | 3 |")).length, 1);
  const varied = summarizeSeeds(compareRuns([0, 1].map((seed) => run("A", seed, 0.5, { "model.width": 3 }))));
  assertEquals(summaryText(varied).includes("model.width=3"), true);
});

Deno.test("summaryCsv() has unrounded figures and a column for each other value", () => {
  const [titles, first] = summaryCsv(
    summarizeSeeds(compareRuns([0, 1].map((seed) => run("A", seed, 1 / 3, { "trainer.epochs": 3 })))),
  ).split("\r\n");
  assertEquals(titles!.split(",").slice(0, 7), [
    "frontend",
    "model",
    "setting",
    "n_mels",
    "trainer.epochs",
    "seeds",
    "accuracy_mean",
  ]);
  assertEquals(first!.split(",").slice(4, 8), ["3", "0 1", String(1 / 3), "0"]);
  assertEquals(first!.split(",").slice(-3), ["", "", "0"]);
});
