import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { gainsOver, scoreCells, verdict } from "../../../pipeline/report/gains.ts";
import { answerOf } from "../../../pipeline/report/headline.ts";
import {
  averageInterval,
  differenceInterval,
  meanInterval,
  rateInterval,
} from "../../../pipeline/report/intervals.ts";
import { compareRuns, type ResultRow } from "../../../pipeline/report/results.ts";
import {
  ACCURACY,
  errorRate,
  scoredClassifier,
  type ScoredRun,
} from "../../../pipeline/report/scored_run.ts";
import { groupOf, lookedInto, typical } from "../../../pipeline/report/selection.ts";

function row(setting: string, seed: number, accuracy: number, more: Partial<ResultRow> = {}): ScoredRun {
  const checkpoint = { epoch: 1, accuracy, cross_entropy: 1, f1_macro: accuracy, f1_weighted: accuracy };
  const [compared] = compareRuns([{
    run: `${more.model ?? "linear"}-${setting}-${more.n_mels ?? 40}-${seed}`,
    setting,
    seed,
    model: "linear",
    frontend: "nnaudio",
    n_mels: 40,
    other: {},
    trained_parameters: 10,
    test_clips: 300,
    best: checkpoint,
    last: checkpoint,
    train_seconds: setting === "A" ? 2 : 20,
    ...more,
  }]);
  return scoredClassifier(compared!);
}

Deno.test("differenceInterval() agrees with a published value", () => {
  // Newcombe 1998 (Interval estimation for the difference), table II, method 10, case (a): 56/70 - 48/80.
  const { value, low, high } = differenceInterval(rateInterval(56 / 70, 70), rateInterval(48 / 80, 80));
  assertAlmostEquals(value, 0.2, 1e-12);
  assertAlmostEquals(low, 0.0524, 5e-5);
  assertAlmostEquals(high, 0.3339, 5e-5);
});

Deno.test("meanInterval() is Student's", () => {
  const { value, low, high } = meanInterval([1, 2, 3]);
  assertAlmostEquals(value, 2);
  assertAlmostEquals(high - value, 4.303 / Math.sqrt(3), 1e-3);
  assertAlmostEquals(value - low, 4.303 / Math.sqrt(3), 1e-3);
  const many = meanInterval(Array.from({ length: 62 }, (_, i) => i % 2)); // 61 degrees of freedom: 1.9996
  assertAlmostEquals((many.high - many.value) / (Math.sqrt(62 / 61 / 4) / Math.sqrt(62)), 1.9996, 2e-3);
});

Deno.test("averageInterval() does not shrink with the number of sizes on the same clips", () => {
  const one = { value: 1, low: 0, high: 3 };
  assertEquals(averageInterval([one, one, one]), one);
});

Deno.test("gains are paired by seed and size, and seeds give their interval", () => {
  const rows = [0, 1, 2].flatMap((seed) =>
    [10, 40].flatMap((n_mels) => [
      row("A", seed, 0.5 + seed / 10, { n_mels }),
      row("D", seed, 0.53 + seed / 10 + (n_mels === 40 ? 0.02 : 0), { n_mels }),
    ])
  );
  const [gain, ...rest] = gainsOver(rows);
  assertEquals(rest, []);
  assertAlmostEquals(gain!.gain.value, 0.04);
  assertAlmostEquals(gain!.gain.low, 0.04); // each seed gained the same: what seeds have in common dropped out
  assertEquals([gain!.seeds, gain!.sizes, verdict(gain!.gain, ACCURACY)], [3, 2, "gain"]);
  const cells = scoreCells(rows);
  assertEquals(cells.map(({ setting, n_mels, gain }) => [setting, n_mels, gain === null]), [
    ["A", 10, true],
    ["D", 10, false],
    ["A", 40, true],
    ["D", 40, false],
  ]);
  assertAlmostEquals(cells[0]!.score.high - cells[0]!.score.value, 0.1);
});

Deno.test("a run without a twin in setting A has no gain, and the answer says so", () => {
  assertEquals(gainsOver([row("D", 0, 0.9), row("A", 1, 0.5)]), []);
  assertStringIncludes(answerOf([], ACCURACY).sentences[0]!, "add A to the settings");
});

Deno.test("the answer names the gain, its interval and its basis, and does not take chance for skill", () => {
  const { lead, sentences } = answerOf(gainsOver([row("A", 0, 0.5), row("D", 0, 0.51)]), ACCURACY);
  assertEquals(lead, "Training kernels and filters: +1.0 points of accuracy, too little to tell from chance");
  assertStringIncludes(sentences[0]!, "from 50.0 % to 51.0 %");
  assertStringIncludes(sentences[0]!, "(one seed, 300 test clips)");
  assertStringIncludes(sentences[0]!, "10 times as long");
  const beyond = answerOf(gainsOver([row("A", 0, 0.5), row("D", 0, 0.7)]), ACCURACY);
  assertStringIncludes(beyond.lead, "+20.0 points of accuracy, more than chance explains");
  const worse = answerOf(gainsOver([row("A", 0, 0.7), row("D", 0, 0.5)]), ACCURACY);
  assertStringIncludes(worse.lead, "\u221220.0 points");
  const two = answerOf(
    gainsOver([
      row("A", 0, 0.5),
      row("D", 0, 0.7),
      row("A", 0, 0.5, { model: "bc_resnet" }),
      row("D", 0, 0.5, { model: "bc_resnet" }),
    ]),
    ACCURACY,
  );
  assertEquals(
    two.lead,
    "Accuracy after training the basis, of 2 combinations of model and front-end: 1 better (+20.0 points), " +
      "1 cannot be told from chance (0.0 points)",
  );
});

Deno.test("a report looks into the run with everything trained of each group first, and into few", () => {
  const runs = ["linear", "bc_resnet", "third"].flatMap((model) =>
    ["A", "B", "C", "D"].flatMap((setting) =>
      [10, 40].flatMap((n_mels) => [1, 0].map((seed) => row(setting, seed, 0.5, { model, n_mels })))
    )
  );
  assertEquals(lookedInto(runs).map(({ model, setting, n_mels, seed }) => [model, setting, n_mels, seed]), [
    ["linear", "D", 40, 1],
    ["bc_resnet", "D", 40, 1],
    ["third", "D", 40, 1],
    ["linear", "B", 40, 1],
  ]);
  assertEquals(lookedInto(runs.filter(({ setting }) => setting === "A")), []);
  assertEquals(typical(runs.filter((r) => r.model === "third")).map(({ setting }) => setting), [
    "A",
    "B",
    "C",
    "D",
  ]);
  assertEquals(
    groupOf({ ...runs[0]!, other: { "frontend.mask": "0-60" } }),
    "linear, nnaudio, frontend.mask=0-60",
  );
});

Deno.test("of error rates, less is a gain", () => {
  const gains = gainsOver([row("A", 0, 0.7), row("D", 0, 0.5)]);
  assertEquals(verdict(gains[0]!.gain, errorRate(true)), "gain");
  assertEquals(verdict(gainsOver([row("A", 0, 0.5), row("D", 0, 0.7)])[0]!.gain, errorRate(true)), "loss");
  assertEquals(
    answerOf(gains, errorRate(true)).lead,
    "Training kernels and filters: \u221220.0 points of phone error rate (39 phones), more than chance explains",
  );
});
