import { assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "@std/csv";
import { compareRuns } from "../../../pipeline/report/statistics/comparison.ts";
import { factsOf } from "../../../pipeline/report/page/facts.ts";
import { resultsCsv, resultsMarkdown, resultsTable } from "../../../pipeline/report/tables/results_table.ts";
import { gainText } from "../../../pipeline/report/tables/gain_cells.ts";
import { statesMarkdown, statesTable } from "../../../pipeline/report/tables/states_table.ts";
import { summaryCsv, summaryMarkdown, summaryTable } from "../../../pipeline/report/tables/summary_table.ts";
import { alignmentText } from "../../../pipeline/report/text/alignment.ts";
import { shownEvaluation, shownResults } from "../../../pipeline/report/text/shown_results.ts";
import { sliceValues } from "../../../pipeline/report/text/slice_values.ts";
import { outcomesOf } from "../../../pipeline/report/statistics/outcomes.ts";
import { verdictLines } from "../../../pipeline/report/text/verdict_lines.ts";
import { keywordRun, phonemeRun, predictionsOf } from "../../support/evaluated_runs.ts";

function cellsOf(line: string): string[] {
  return line.trim().split(/ {2,}/);
}

Deno.test("the table of keyword spotters shows rates in percent and the gain with its sign", () => {
  const results = compareRuns("KWS", [
    keywordRun({ setting: "A", score: 0.5 }),
    keywordRun({ setting: "D", score: 0.75 }),
  ]);
  const [titles, , first, second] = resultsTable(results).split("\n");
  assertEquals(cellsOf(titles!), [
    ...["run", "set", "model", "bands", "seed", "trained"],
    ...["accuracy", "95 % interval", "vs A", "macro F1", "last epoch", "training"],
  ]);
  assertEquals(cellsOf(first!).slice(5), [
    ...["48,492", "50.0 %", "44.4 % to 55.6 %", "-", "25.0 %", "50.0 %", "7.5 s"],
  ]);
  assertEquals(cellsOf(second!).slice(6), [
    "75.0 %",
    "69.8 % to 79.6 %",
    "+25.0 (+17.3 to +32.2)",
    "37.5 %",
    "75.0 %",
    "1 min 15 s",
  ]);
  assertStringIncludes(resultsMarkdown(results), "| linear-D-mel40-seed0 | D |");
});

Deno.test("the table of recognisers is made of the same parts", () => {
  const results = compareRuns("ASR", [
    phonemeRun({ setting: "A", score: 0.5 }),
    phonemeRun({ setting: "D", score: 0.45, leftOut: 2 }),
  ]);
  const shown = shownResults({ format: 5, ...results }, 80);
  const [titles, , first] = shown.split("\n");
  assertEquals(cellsOf(titles!).slice(6), [
    ...["39-phone error rate", "95 % interval", "vs A", "error rate", "last epoch", "training"],
  ]);
  assertEquals(cellsOf(first!).slice(6), ["40.0 %", "34.6 % to 45.6 %", "-", "50.0 %", "40.0 %", "7.5 s"]);
  assertStringIncludes(shown, "linear-D-mel40-seed0: 2 utterances of the test split left out");
  assertStringIncludes(shown, "What linear-D-mel40-seed0 hears:\nu1\n  said   a b\n  heard  a -");
  assertStringIncludes(
    resultsMarkdown(results),
    "in percentage points, with its own interval: below 0 is better.",
  );
});

Deno.test("a training that ended early is told below the table and among the page's facts", () => {
  const stopped = { by: "patience", wantedEpochs: 40 } as const;
  const runs = [keywordRun({ setting: "A", score: 0.5 }), keywordRun({ setting: "D", score: 0.6 })];
  const results = compareRuns("T", [runs[0]!, { ...runs[1]!, stopped }]);
  const line = `linear-D-mel40-seed0: training ended after epoch ${results.rows[1]!.last.epoch} of 40, as ` +
    "trainer.patience was over";
  assertStringIncludes(shownResults({ format: 5, ...results }, 80), `\n\n${line}.\n\n`);
  assertStringIncludes(resultsMarkdown(results), `- ${line}\n`);
  const facts = factsOf({ format: 5, ...results }).filter(({ name }) => name === "Ended early");
  assertEquals(facts, [{ name: "Ended early", text: line }]);
});

Deno.test("runs that failed are told below the table, once for each reason", () => {
  const missing = ["a", "b", "c", "d", "e", "f", "g"].map((run) => ({
    run,
    reason: run === "a" ? "X." : "Y.",
  }));
  const results = compareRuns("T", [keywordRun({ setting: "A", score: 0.5 })], missing);
  assertStringIncludes(
    shownResults({ format: 5, ...results }, 80),
    "\n\n7 runs failed and are not in the table.\na: X.\nb, c, d, e, f and 1 more: Y.",
  );
});

Deno.test("CSV has every figure unrounded, quotes what needs it, and a column for each other value", () => {
  const run = keywordRun({ setting: "A", score: 1 / 3, other: { 'a, "b"': 3 } });
  const csv = resultsCsv(compareRuns("T", [run]));
  assertEquals(
    csv.split("\r\n")[0]!.startsWith('run,frontend,model,setting,bands,seed,"a, ""b""",trained_'),
    true,
  );
  const [record] = parse(csv, { skipFirstRow: true });
  assertEquals([record!["accuracy"], record!["last_accuracy"], record!["tested"]], [
    `${1 / 3}`,
    `${1 / 3}`,
    "300",
  ]);
  assertEquals(Number(record!["accuracy_low"]) < 1 / 3 && 1 / 3 < Number(record!["accuracy_high"]), true);
  assertEquals([record!["gain_over_a"], record!["best_epoch"], record!["cross_entropy"]], ["", "3", "0.5"]);
});

Deno.test("summaries give mean and deviation in percent, and how many pairs a gain is over", () => {
  const results = compareRuns("T", [
    phonemeRun({ setting: "A", seed: 0, score: 0.5 }),
    phonemeRun({ setting: "A", seed: 1, score: 0.6 }),
    phonemeRun({ setting: "D", seed: 0, score: 0.4 }),
    phonemeRun({ setting: "D", seed: 1, score: 0.6 }),
  ]);
  const [titles, , a, d] = summaryTable(results).split("\n");
  assertEquals(cellsOf(titles!), [
    ...["front-end", "set", "model", "bands", "seeds", "39-phone error rate", "95 % interval", "last epoch"],
    ...["error rate", "vs A", "pairs"],
  ]);
  // Nothing is known of utterances: Student's t of two seeds, 12.706 standard errors to each side.
  assertEquals(cellsOf(a!).slice(5), [
    ...["45.0 +- 7.1", "-18.5 % to 108.5 %", "45.0 +- 7.1", "55.0 +- 7.1", "-", "-"],
  ]);
  assertEquals(cellsOf(d!).slice(5), [
    ...["40.0 +- 14.1", "-87.1 % to 167.1 %", "40.0 +- 14.1", "50.0 +- 14.1", "-5.0 (-68.5 to +58.5)", "2"],
  ]);
  assertStringIncludes(summaryMarkdown(results), "below 0 is better");
  const [, record] = parse(summaryCsv(results), { skipFirstRow: true });
  assertEquals([record!["seeds"], record!["gain_over_a_pairs"]], ["0 1", "2"]);
  assertEquals(Number(record!["error_rate_mean"]), 0.5);
  const other = keywordRun({ setting: "A", seed: 1, score: 0.5, other: { "trainer.epochs": 3 } });
  const twice = compareRuns("T", [other, { ...other, description: { ...other.description, seed: 2 } }]);
  assertStringIncludes(summaryTable(twice), "trainer.epochs=3");
});

Deno.test("figures of one checkpoint are shown with those that it has", () => {
  const { metrics: { checkpoints, ...rest } } = phonemeRun({ setting: "A", score: 0.5, folded: false });
  const shown = shownEvaluation("x.safetensors, test split", { ...rest, checkpoint: checkpoints.best }, 80);
  const [what, , titles, , cells] = shown.split("\n");
  assertEquals(what, "x.safetensors, test split: 300 utterances.");
  assertEquals([cellsOf(titles!), cellsOf(cells!)], [
    ["error rate", "95 % interval", "substitutions"],
    ["50.00 %", "44.4 % to 55.6 %", "5"],
  ]);
  assertStringIncludes(shown, "The bounds are 95 % intervals (Wilson's) over the test utterances.");
});

Deno.test("alignmentText() puts labels below each other, marks errors and goes on in a new block", () => {
  const example = {
    name: "u1",
    labels: ["h#", "b", "iy", "ax-h", "s", "q"],
    told: ["h#", "d", "b", "iy", "ih", "s"],
    posterior: null,
  };
  assertEquals(
    alignmentText(example, 80),
    "u1\n  said   h# - b iy ax-h s q\n  heard  h# d b iy ih   s -\n            ^      ^      ^",
  );
  assertEquals(alignmentText(example, 22).split("\n").length, 1 + 3 + 3);
});

Deno.test("a slice's values go by the configuration's names, steps' under their front-end", () => {
  const frontend = {
    kind: "toy",
    trained: ["mel"],
    steps: [
      { step: "stft", trained: false, n_fft: 480, mask: { start: 0 } },
      { step: "mel", trained: true, n_mels: 40, n_fft: 480 },
      { step: "again", trained: true, n_mels: 20 },
    ],
  };
  assertEquals(Object.fromEntries(sliceValues({ frontend, seed: 3, trainer: { betas: [0.9] } })), {
    frontend: "toy",
    "frontend.trained": ["mel"],
    "frontend.steps": "stft > mel > again",
    "frontend.n_fft": 480,
    "frontend.mask.start": 0,
    "frontend.n_mels": 40,
    "frontend.again.n_mels": 20,
    seed: 3,
    "trainer.betas": [0.9],
  });
});

Deno.test("below a table stands what figures are to be held against, what they are of, and which differences are chance", () => {
  const [a, d] = [keywordRun({ setting: "A", score: 0.5 }), keywordRun({ setting: "D", score: 0.75 })];
  const provenance = {
    data: [{
      name: "spoken_mini",
      synthetic: true,
      splits: [
        { split: "train" as const, examples: 2208, speakers: 56, noises: 0, seconds: 2208, excluded: 0 },
        { split: "test" as const, examples: 300, speakers: 20, noises: 2, seconds: 300, excluded: 3 },
      ],
    }],
    made: { date: "2026-01-02", command: "deno task kws", deno: ["2.9.6"], code: ["0123abcd"] },
  };
  const told = [a, d].map((run) => ({ ...run, outcomes: outcomesOf(predictionsOf(run)) }));
  const results = { format: 5 as const, ...compareRuns("T", told, [], [], provenance) };
  const shown = shownResults(results, 80);
  for (
    const line of [
      "Tested on 300 clips of 2 classes: guessing is right for 50.0 %, always saying the largest class for 50.0 %.",
      "spoken_mini, synthesized speech: test 300 clips by 20 speakers and 2 recordings of noise (5.0 min, 3 more left out by dataset.exclude), training 2,208 clips by 56 speakers " +
      "(0.61 h).",
      "2026-01-02, deno task kws, Deno 2.9.6, code 0123abcd.",
      "linear-D-mel40-seed0: +25.0 points (+19.9 to +29.8), better than A by more than chance (p < 0.001; 75 clips only it " +
      "tells, 0 only A).",
      "paired, over the 20 speakers of the test split; p by signs flipped speaker by speaker.",
    ]
  ) assertStringIncludes(shown, line);
  assertStringIncludes(
    factsOf(results).find(({ name }) => name === "Left out")!.text,
    "3 test clips by the list of dataset.exclude",
  );
  const close = keywordRun({ setting: "D", score: 0.51 });
  const chance = compareRuns("T", [told[0]!, { ...close, outcomes: outcomesOf(predictionsOf(close)) }]);
  assertStringIncludes(
    verdictLines(chance).join(" "),
    "cannot be told from A (p = 0.25; 3 clips only it tells",
  );
});

Deno.test("p is said to come from seeds only of configurations that have several", () => {
  const basisOf = (...runs: readonly (readonly [setting: string, seed: number, model?: string])[]) => {
    const made = runs.map(([setting, seed, model = "linear"]) =>
      keywordRun({ setting, seed, model, score: 0.5 })
    );
    return verdictLines(compareRuns(
      "T",
      made.map((run) => ({ ...run, outcomes: outcomesOf(predictionsOf(run)) })),
    )).at(-1)!;
  };
  const both = [["A", 0], ["A", 1], ["D", 0], ["D", 1]] as const;
  assertStringIncludes(basisOf(...both), "of the test split and over seeds; p by analysis of variance.");
  assertStringIncludes(
    basisOf(...both, ["B", 0]),
    "and, where there are several, over seeds; p by analysis of variance or, with one seed, signs flipped speaker by speaker,",
  );
  // A model is trained twice, but only once beside its twin in A.
  assertStringIncludes(
    basisOf(["A", 0], ["D", 0], ["D", 1]),
    "of the test split; p by signs flipped speaker by speaker.",
  );
});

Deno.test("of many differences those beyond chance are named, corrected for all of them", () => {
  const runs = Array.from({ length: 10 }, (_, i) => [
    keywordRun({ setting: "A", score: 0.5, bands: 10 + i }),
    keywordRun({ setting: "D", score: i === 3 ? 0.7 : 0.51, bands: 10 + i }),
  ]).flat().map((run) => ({ ...run, outcomes: outcomesOf(predictionsOf(run)) }));
  const [many, basis] = verdictLines(compareRuns("T", runs));
  assertStringIncludes(
    many!,
    "Of 10 differences to A, 1 is more than chance; 9 cannot be told from A.\nlinear-D-mel13-",
  );
  assertStringIncludes(basis!, "corrected for 10 comparisons by Holm's method.");
  const measured = compareRuns("T", [keywordRun({ setting: "D", score: 0.5 })]);
  assertEquals(verdictLines(measured), []);
});

Deno.test("where a sweep tests the best and the last state, both stand side by side with their gains", () => {
  const run = (setting: string, state: string, seed: number, score: number) => {
    const made = keywordRun({
      setting,
      seed,
      score,
      other: { "trainer.test": state, "frontend.normalise": "none" },
    });
    const { run } = made.description;
    const named = { ...made, description: { ...made.description, run: `${run}-${state}` } };
    return { ...named, outcomes: outcomesOf(predictionsOf(made)) };
  };
  const runs = [0, 1].flatMap((seed) => [
    run("A", "best", seed, 0.5),
    run("D", "best", seed, 0.51),
    run("A", "last", seed, 0.4),
    run("D", "last", seed, 0.5 + seed / 100),
  ]);
  const results = compareRuns("T", runs);
  const [titles, , a, d, ...rest] = statesTable(results)!.split("\n");
  assertEquals(cellsOf(titles!), [
    ...["front-end", "model", "bands", "other", "set", "best epoch", "vs A", "last epoch", "vs A"],
  ]);
  assertEquals(rest, []);
  assertEquals(cellsOf(a!).slice(3), [
    "frontend.normalise=none",
    "A",
    "50.0 +- 0.0",
    "-",
    "40.0 +- 0.0",
    "-",
  ]);
  const gains = results.summary.filter(({ gain }) => gain !== null).map(({ gain }) => gainText(gain));
  assertEquals(cellsOf(d!).slice(3), [
    ...["frontend.normalise=none", "D", "51.0 +- 0.0", gains[0]!, "50.5 +- 0.7", gains[1]!],
  ]);
  assertStringIncludes(
    shownResults({ format: 5, ...results }, 80),
    "Best and last epoch, rates in percent:\nfront-end",
  );
  assertStringIncludes(statesMarkdown(results), "## Best and last epoch\n\n| front-end |");
  assertEquals(statesTable(compareRuns("T", [keywordRun({ setting: "A", score: 0.5 })])), undefined);
});
