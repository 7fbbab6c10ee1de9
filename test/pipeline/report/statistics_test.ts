import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { rateInterval } from "../../../lib/metrics/interval.ts";
import type { ResultRow } from "../../../lib/records/results.ts";
import { learningCurves } from "../../../lib/plots/learning_curves.ts";
import { extentOf } from "../../../lib/plots/spec.ts";
import { answerFigure } from "../../../pipeline/report/figures/score_figures.ts";
import { answerOf, type TrainedWords } from "../../../pipeline/report/page/headline.ts";
import { classScores, confusedPairs } from "../../../pipeline/report/statistics/class_scores.ts";
import { gainsOver, scoreCells, verdict } from "../../../pipeline/report/statistics/gains.ts";
import type { OutcomesByRun } from "../../../pipeline/report/statistics/outcomes.ts";
import {
  averageInterval,
  differenceInterval,
  meanInterval,
} from "../../../pipeline/report/statistics/intervals.ts";
import type { Measure } from "../../../pipeline/report/statistics/measure.ts";
import { groupOf, lookedInto, typical } from "../../../pipeline/report/statistics/selection.ts";
import { keywordRun, type MadeUp, rowsOf } from "../../support/evaluated_runs.ts";

const ACCURACY: Measure = {
  name: "accuracy",
  lowerIsBetter: false,
  unit: "test clip",
  interval: "95 % intervals over the test clips",
};
const ERRORS: Measure = { ...ACCURACY, name: "error rate", lowerIsBetter: true };

/** Nothing is known of single clips. */
const UNKNOWN: OutcomesByRun = new Map();
const NO_WORDS: TrainedWords = new Map();

function row(setting: string, seed: number, score: number, more: Partial<MadeUp> = {}): ResultRow {
  return rowsOf([keywordRun({ setting, seed, score, ...more })])[0]!;
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
  const { p, ...interval } = averageInterval([one, one, one]);
  assertEquals(interval, one);
  assertAlmostEquals(p, 0.1913341023404609, 1e-12); // 2 * norm.cdf(-1 / (3 / 2 / 1.959964))
});

Deno.test("gains are paired by seed and size, and seeds give their interval", () => {
  const rows = [0, 1, 2].flatMap((seed) =>
    [10, 40].flatMap((bands) => [
      row("A", seed, 0.5 + seed / 10, { bands }),
      row("D", seed, 0.53 + seed / 10 + (bands === 40 ? 0.02 : 0), { bands }),
    ])
  );
  const [gain, ...rest] = gainsOver(rows, UNKNOWN);
  assertEquals(rest, []);
  assertAlmostEquals(gain!.gain.value, 0.04);
  // Each seed gained the same, but on how many clips: that these are few does not drop out.
  const alone = gainsOver(rows.filter(({ seed }) => seed === 1), UNKNOWN)[0]!.gain;
  assertAlmostEquals(gain!.gain.low, alone.low, 0.002);
  assertAlmostEquals(gain!.gain.p, alone.p, 0.02);
  assert(gain!.gain.low < 0 && gain!.gain.p > 0.05, JSON.stringify(gain!.gain));
  assertEquals([gain!.seeds, gain!.sizes, verdict(gain!.gain, ACCURACY)], [3, 2, "unclear"]);
  const cells = scoreCells(rows, UNKNOWN);
  assertEquals(cells.map(({ setting, bands, gain }) => [setting, bands, gain === null]), [
    ["A", 10, true],
    ["D", 10, false],
    ["A", 40, true],
    ["D", 40, false],
  ]);
  assertAlmostEquals(cells[0]!.spread!, 0.1);
  // Of seeds alone, as nothing is known of clips: Student's t of three, 4.303.
  assertAlmostEquals(cells[0]!.score.high - cells[0]!.score.value, 4.3027 * 0.1 / Math.sqrt(3), 1e-4);
});

Deno.test("the answer says what is trained in the words of each front-end", () => {
  const leaf = { ...row("D", 0, 0.7), frontend: "leaf" };
  const rows = [{ ...row("A", 0, 0.5), frontend: "leaf" }, leaf];
  const words: TrainedWords = new Map([[leaf.run, ["Gabor filters", "pooling windows", "PCEN"]]]);
  const { lead, sentences } = answerOf(gainsOver(rows, UNKNOWN), ACCURACY, words);
  assertStringIncludes(lead, "Training Gabor filters, pooling windows and PCEN: +20.0 points");
  assertStringIncludes(sentences[0]!, "leaf: training Gabor filters, pooling windows and PCEN (D) changed");
  const figure = answerFigure(gainsOver(rows, UNKNOWN), [], ACCURACY, words);
  assertStringIncludes(JSON.stringify(figure.panels), "D: Gabor filters, pooling windows and PCEN");
});

Deno.test("learning curves name the groups that are trained, and no others", () => {
  const epochs = [{ epoch: 1, loss: 1, validationLoss: 1, lr: { model: 1, stft: 1, mel: 1, filters: 0.1 } }];
  const leaf = { run: "leaf", setting: "C", trained: { filters: "Gabor filters" }, bestEpoch: 1, epochs };
  const told = JSON.stringify(learningCurves([leaf], extentOf([1])));
  assertStringIncludes(told, "Gabor filters");
  assert(!/STFT|Mel/.test(told), told);
});

Deno.test("a run without a twin in setting A has no gain, and the answer says so", () => {
  assertEquals(gainsOver([row("D", 0, 0.9), row("A", 1, 0.5)], UNKNOWN), []);
  assertStringIncludes(answerOf([], ACCURACY, NO_WORDS).sentences[0]!, "add A to the settings");
});

Deno.test("the answer names the gain, its interval and its basis, and does not take chance for skill", () => {
  const { lead, sentences } = answerOf(
    gainsOver([row("A", 0, 0.5), row("D", 0, 0.51)], UNKNOWN),
    ACCURACY,
    NO_WORDS,
  );
  assertEquals(lead, "Training D: +1.0 points of accuracy, too little to tell from chance");
  assertStringIncludes(sentences[0]!, "from 50.0 % to 51.0 %");
  assertStringIncludes(sentences[0]!, "(one seed, 300 test clips, not the same for all)");
  assertStringIncludes(sentences[0]!, "10 times as long");
  const beyond = answerOf(gainsOver([row("A", 0, 0.5), row("D", 0, 0.7)], UNKNOWN), ACCURACY, NO_WORDS);
  assertStringIncludes(beyond.lead, "+20.0 points of accuracy, more than chance explains");
  const worse = answerOf(gainsOver([row("A", 0, 0.7), row("D", 0, 0.5)], UNKNOWN), ACCURACY, NO_WORDS);
  assertStringIncludes(worse.lead, "\u221220.0 points");
  const two = answerOf(
    gainsOver([
      row("A", 0, 0.5),
      row("D", 0, 0.7),
      row("A", 0, 0.5, { model: "bc_resnet" }),
      row("D", 0, 0.5, { model: "bc_resnet" }),
    ], UNKNOWN),
    ACCURACY,
    NO_WORDS,
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
      [10, 40].flatMap((bands) => [1, 0].map((seed) => row(setting, seed, 0.5, { model, bands })))
    )
  );
  assertEquals(lookedInto(runs).map(({ model, setting, bands, seed }) => [model, setting, bands, seed]), [
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
  const gains = gainsOver([row("A", 0, 0.7), row("D", 0, 0.5)], UNKNOWN);
  assertEquals(verdict(gains[0]!.gain, ERRORS), "gain");
  assertEquals(verdict(gainsOver([row("A", 0, 0.5), row("D", 0, 0.7)], UNKNOWN)[0]!.gain, ERRORS), "loss");
  assertEquals(
    answerOf(gains, ERRORS, NO_WORDS).lead,
    "Training D: \u221220.0 points of error rate, more than chance explains",
  );
});

Deno.test("each class's precision and recall follow from what was taken for what, insertions and deletions among it", () => {
  const counts = [[2, 1, 1], [0, 3, 0], [1, 0, 0]];
  const [a, b, ...rest] = classScores({ labels: ["a", "b", "-"], counts, nothing: true });
  assertEquals(rest, []);
  assertEquals([a!.recall, a!.precision, a!.support, b!.recall, b!.precision], [0.5, 2 / 3, 4, 1, 0.75]);
  assertAlmostEquals(a!.f1, 2 * 0.5 * (2 / 3) / (0.5 + 2 / 3));
  assertEquals(classScores({ labels: ["a", "b", "c"], counts, nothing: false }).length, 3);
  assertEquals(confusedPairs({ labels: ["a", "b", "-"], counts, nothing: true }), [
    { pair: "b for a", count: 1 },
    { pair: "a left out", count: 1 },
    { pair: "a inserted", count: 1 },
  ]);
});

Deno.test("lists of parts that no setting stands for are told by their parts and looked into last", () => {
  const listed = { ...row("mel+pcen", 0, 0.7), trainedParameters: 900_000 };
  const rows = [row("A", 0, 0.5), row("B", 0, 0.5), listed];
  const answer = answerOf(gainsOver(rows, UNKNOWN), ACCURACY, NO_WORDS);
  assertStringIncludes(answer.lead, "Training mel and pcen: +20.0 points");
  assertStringIncludes(answer.sentences[0]!, "training mel and pcen changed test accuracy by +20.0 points");
  assertEquals(lookedInto(rows).map(({ setting }) => setting), ["B", "mel+pcen"]);
});
