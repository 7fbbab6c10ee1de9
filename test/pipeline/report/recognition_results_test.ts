import { assertAlmostEquals, assertEquals } from "@std/assert";
import { parse } from "@std/csv";
import { compareRecognizers, type RecognizerRun } from "../../../pipeline/report/recognition_results.ts";
import { shownRecognition } from "../../../pipeline/report/recognition_shown.ts";
import {
  recognitionSummaryText,
  summarizeRecognizers,
} from "../../../pipeline/report/recognition_summary.ts";
import {
  alignmentText,
  recognitionCsv,
  recognitionMarkdown,
} from "../../../pipeline/report/recognition_table.ts";

function run(setting: string, seed: number, rate: number, folded: number | null = rate - 0.1): RecognizerRun {
  const errors = (value: number) => ({
    rate: value,
    low: value - 0.02,
    high: value + 0.03,
    substitutions: 5,
    insertions: 1,
    deletions: 2,
    reference: 40,
  });
  const figures = {
    epoch: 3,
    errors: errors(rate),
    folded: folded === null ? null : errors(folded),
    loss: 1.5,
    utterance_average: rate + 0.01,
  };
  return {
    run: `asr-linear-${setting}-seed${seed}`,
    setting,
    frontend: "nnaudio",
    model: "linear",
    n_mels: 40,
    seed,
    other: {},
    trained_parameters: 22974,
    test_utterances: 12,
    left_out: seed === 1 ? 2 : 0,
    best: figures,
    last: figures,
    train_seconds: 75,
  };
}

Deno.test("compareRecognizers() takes gains over A from folded phones, and from all labels where there are no phones", () => {
  const rows = compareRecognizers([run("A", 0, 0.5), run("D", 0, 0.4), run("D", 1, 0.3)]);
  assertEquals(rows.map(({ gain_over_a }) => gain_over_a === null ? null : Number(gain_over_a.toFixed(3))), [
    0,
    -0.1,
    null,
  ]);
  const words = compareRecognizers([run("A", 0, 0.5, null), run("B", 0, 0.45, null)]);
  assertAlmostEquals(words[1]!.gain_over_a!, -0.05);
});

Deno.test("the table, the CSV and the Markdown say the same", () => {
  const rows = compareRecognizers([run("A", 0, 0.5), run("D", 0, 0.4, null)]);
  const shown = shownRecognition({ rows, summary: [], heard: { run: "x", examples: [] } }, 80);
  assertEquals(shown.split("\n")[2]!.split(/ {2,}/).slice(4), [
    "0",
    "22,974",
    "50.0 %",
    "48.0 % to 53.0 %",
    "40.0 %",
    "38.0 % to 43.0 %",
    "0.0",
    "50.0 %",
    "1 min 15 s",
  ]);
  const [first, second] = parse(recognitionCsv(rows), { skipFirstRow: true });
  assertEquals([first!["error_rate"], first!["folded_error_rate"], second!["folded_error_rate"]], [
    "0.5",
    "0.4",
    "",
  ]);
  assertEquals(recognitionMarkdown("T", rows).includes("| 50.0 % | 48.0 % to 53.0 % | 40.0 % |"), true);
});

Deno.test("summaries give mean and deviation over seeds, and gains paired by seed", () => {
  const rows = compareRecognizers([run("A", 0, 0.5), run("A", 1, 0.6), run("D", 0, 0.4), run("D", 1, 0.6)]);
  const [a, d] = summarizeRecognizers(rows);
  assertAlmostEquals(a!.error_rate.mean, 0.55);
  assertEquals(a!.gain_over_a, null);
  assertAlmostEquals(d!.gain_over_a!.mean, -0.05);
  assertAlmostEquals(d!.gain_over_a!.std!, Math.SQRT1_2 / 10);
  assertEquals(recognitionSummaryText([a!, d!]).split("\n").length, 4);
  const shown = shownRecognition({ rows, summary: [a!, d!], heard: { run: "x", examples: [] } }, 80);
  assertEquals(shown.includes("asr-linear-A-seed1: 2 utterances of the test split left out"), true);
});

Deno.test("alignmentText() puts labels below each other, marks errors and goes on in a new block", () => {
  const example = {
    name: "u1",
    reference: ["h#", "ax-h", null, "b", "iy"],
    hypothesis: ["h#", "ih", "d", "b", null],
  };
  assertEquals(
    alignmentText(example, 80),
    "u1\n  said   h# ax-h - b iy\n  heard  h# ih   d b -\n            ^    ^   ^",
  );
  assertEquals(alignmentText(example, 18).split("\n").length, 1 + 3 + 3);
});
