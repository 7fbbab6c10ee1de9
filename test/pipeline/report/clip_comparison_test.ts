import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parse } from "@std/csv";
import { UserError } from "../../../lib/base/errors.ts";
import { mcNemar } from "../../../lib/metrics/paired_tests.ts";
import type { PredictedExample } from "../../../lib/records/predictions.ts";
import { compareClips, type TestedRun } from "../../../pipeline/report/statistics/clip_comparison.ts";
import {
  clipComparisonCsv,
  clipComparisonJson,
  clipComparisonText,
} from "../../../pipeline/report/text/clip_comparison_text.ts";
import { keywordRun, phonemeRun, predictionsOf } from "../../support/evaluated_runs.ts";

/** Of 300 clips of a and b by 20 speakers, the first ones right. */
function tested(setting: string, score: number): TestedRun {
  const made = keywordRun({ setting, score });
  const predictions = { format: 3 as const, ...predictionsOf(made) };
  return { run: made.description.run, id: "0123abcd", metrics: made.metrics, predictions };
}

function changed(
  run: TestedRun,
  change: (example: PredictedExample, i: number) => PredictedExample,
): TestedRun {
  return { ...run, predictions: { ...run.predictions, examples: run.predictions.examples.map(change) } };
}

Deno.test("clips that one run tells and the other does not are counted by class and listed", () => {
  // D tells the first 165 clips, A the first 150 and, of those that D tells not, one.
  const a = changed(
    tested("A", 151 / 300),
    (example, i) => i === 150 || i === 299 ? { ...example, score: i === 299 ? 1 : 0 } : example,
  );
  const d = tested("D", 0.55);
  const comparison = compareClips(a, d);
  assertEquals([comparison.onlyA.length, comparison.onlyB.length], [1, 15]);
  assertEquals(comparison.onlyA[0]!.a.name, "b/speaker19_nohash_299.wav");
  assertEquals(comparison.classes, [
    { label: "a", examples: 150, both: 75, onlyA: 0, onlyB: 8, neither: 67 },
    { label: "b", examples: 150, both: 75, onlyA: 1, onlyB: 7, neither: 67 },
  ]);
  const { difference } = comparison;
  assertAlmostEquals(difference.value, 14 / 300, 1e-12);
  assertEquals(difference.discordant, { gained: 15, lost: 1, p: mcNemar(15, 1) });
  assertEquals([difference.paired, difference.speakers], [true, 20]);

  const text = clipComparisonText(a, d, comparison, 2);
  for (
    const line of [
      "A: linear-A-mel40-seed0 (0123abcd), accuracy 50.3 %",
      "B - A: +4.7 points of accuracy (95 % interval ",
      "paired, over 20 speakers): B is better (p < 0.001, signs flipped speaker by speaker).",
      "McNemar's exact test, which takes clips as independent: 15 only B, 1 only A, p < 0.001.",
      "Only told right by A: 1 clip\n",
      "Only told right by B: 15 clips\n",
      "a      a/speaker0_nohash_160.wav   b (0.75)  a (0.75)",
      "and 13 more: --limit 15, --csv or --json has all.",
    ]
  ) assertStringIncludes(text, line);
  const csv = clipComparisonCsv(comparison);
  assert(csv.every((line) => !/[\r\n]/.test(line)), csv.join());
  const rows = parse(csv.join("\n"), { skipFirstRow: true });
  assertEquals([rows.length, rows[0]!["better"], rows[0]!["told_b"], rows[1]!["speaker"]], [
    16,
    "a",
    "a",
    "speaker0",
  ]);
  const json = JSON.parse(JSON.stringify(clipComparisonJson(a, d, comparison)));
  assertEquals([json.examples, json.only_b.length, json.difference.mcnemar.only_b], [300, 15, 15]);
  assertEquals(json.classes[1].only_a, 1);
});

Deno.test("utterances are compared by their errors, of which fewer are better", () => {
  const sequences = (setting: string, errors: (i: number) => number): TestedRun => {
    const { metrics, description } = phonemeRun({ setting, score: 0.5 });
    const made = changed({ ...tested(setting, 0.5), metrics, run: description.run }, (example, i) => ({
      ...example,
      posteriors: null,
      posterior: null,
      score: errors(i),
      of: 10,
    }));
    return { ...made, predictions: { ...made.predictions, task: "asr" } };
  };
  const [a, b] = [sequences("A", (i) => i % 4), sequences("D", (i) => i % 3 === 0 ? 0 : i % 4)];
  const comparison = compareClips(a, b);
  assertEquals([comparison.classes, comparison.onlyA.length, comparison.onlyB.length], [[], 0, 75]);
  assertEquals(comparison.difference.discordant, null);
  const text = clipComparisonText(a, b, comparison, 1);
  assertStringIncludes(text, "): B is better (p < 0.001");
  assertStringIncludes(text, "Fewer errors in B: 75 utterances");
  assertStringIncludes(text, "errors of A  errors of B");
});

Deno.test("runs of different tests, clips, labels or tasks are refused in a sentence that says what differs", () => {
  const [a, d] = [tested("A", 0.5), tested("D", 0.6)];
  const refusal = (other: TestedRun) => assertThrows(() => compareClips(a, other), UserError).message;
  const predictions = d.predictions;
  assertStringIncludes(
    refusal({ ...d, predictions: { ...predictions, examples: predictions.examples.slice(10) } }),
    "Cannot compare linear-A-mel40-seed0 with linear-D-mel40-seed0: they were tested on 300 and 290 examples, of which 290 " +
      "are the same.",
  );
  const condition = { snrDb: 20, gainDb: null, noise: "background" as const, seed: 0 };
  assertStringIncludes(
    refusal({ ...d, predictions: { ...predictions, condition } }),
    "tested on test, recordings as they are, and on test, 20 dB.",
  );
  assertStringIncludes(
    refusal(changed(d, (example, i) => i === 0 ? { ...example, labels: ["b"] } : example)),
    "a/speaker0_nohash_0.wav is a for the one and b for the other. Compare runs with the same dataset.targets.",
  );
  assertStringIncludes(
    refusal({ ...d, predictions: { ...predictions, task: "asr" } }),
    "the one is a network of kws, the other of asr",
  );
  assertStringIncludes(
    refusal({ ...d, predictions: { ...predictions, examples: predictions.examples.toReversed() } }),
    "the same names in another order",
  );
});
