/** Scores and gains under conditions, and what is drawn and told of them. */
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import type { Condition } from "../../../lib/records/condition.ts";
import { conditionFigures } from "../../../pipeline/report/figures/condition_figures.ts";
import { renderSvg } from "../../../pipeline/report/page/render_svg.ts";
import { conditionsTable } from "../../../pipeline/report/page/tables.ts";
import { compareRuns, type EvaluatedRun } from "../../../pipeline/report/statistics/comparison.ts";
import { cellsUnder } from "../../../pipeline/report/statistics/conditions.ts";
import { scoreCells } from "../../../pipeline/report/statistics/gains.ts";
import type { OutcomesByRun } from "../../../pipeline/report/statistics/outcomes.ts";
import { measureOf } from "../../../pipeline/report/statistics/measure.ts";
import { keywordRun } from "../../support/evaluated_runs.ts";

const CONDITIONS = [20, 0].map((snrDb): Condition => ({ snrDb, gainDb: null, noise: "background", seed: 0 }));
const CLIPS = 100;

/** The better the more is trained, and with noise the more so. */
const SCORES: Readonly<Record<string, readonly number[]>> = { A: [0.8, 0.6, 0.3], D: [0.85, 0.7, 0.5] };

function runsOf(bands: readonly number[]): EvaluatedRun[] {
  return bands.flatMap((bands) =>
    Object.entries(SCORES).map(([setting, scores]) => {
      const [run, ...under] = scores.map((score) => keywordRun({ setting, bands, score }));
      return { ...run!, under: under.map(({ metrics }, i) => ({ ...metrics, condition: CONDITIONS[i]! })) };
    })
  );
}

/** Of each run the first so many clips right. */
function outcomes(runs: readonly EvaluatedRun[], i: number): OutcomesByRun {
  return new Map(runs.map(({ description: { run, setting } }) => {
    const right = SCORES[setting]![i]! * CLIPS;
    const score = Float64Array.from({ length: CLIPS }, (_, clip) => clip < right ? 1 : 0);
    return [run, { examples: "same", score, of: new Float64Array(CLIPS).fill(1) }];
  }));
}

function studied(bands: readonly number[]) {
  const runs = runsOf(bands);
  const results = { format: 5 as const, ...compareRuns("T", runs, [], CONDITIONS) };
  const under = cellsUnder(
    results,
    scoreCells(results.rows, outcomes(runs, 0)),
    new Map([["snr20", outcomes(runs, 1)], ["snr0", outcomes(runs, 2)]]),
  );
  return { results, under, measure: measureOf(results) };
}

Deno.test("gains are taken to setting A under the same condition, clip by clip", () => {
  const { results, under } = studied([40]);
  const gains = results.rows.map(({ conditions }) => conditions.map((one) => one!.gainOverA?.value ?? null));
  assertEquals(gains[0], [null, null]);
  [0.1, 0.2].forEach((gain, i) => assertAlmostEquals(gains[1]![i]!, gain, 1e-12));
  assertEquals(under.map(({ title }) => title), ["clean", "20 dB", "0 dB"]);
  const [clean, some, much] = under.map(({ cells }) => cells.find(({ setting }) => setting === "D")!.gain!);
  assertEquals([clean, some, much].map((gain) => gain!.paired), [true, true, true]);
  assertAlmostEquals(clean!.value, 0.05, 1e-12);
  assert(clean!.low < 0.01 && much!.low > 0.1, `${clean!.low} ${much!.low}`);
});

Deno.test("one picture shows gains over bands and noise; nothing is drawn where there are no conditions", async () => {
  const { under, measure } = studied([10, 40]);
  const [when, noise] = conditionFigures(under, [], measure);
  assertEquals([when!.id, when!.panels.length, when!.data.length], ["when", 1, 2 * 3]);
  assertEquals([noise!.id, noise!.panels.length, noise!.data.length], ["noise", 2, 2 * 2 * 3]);
  const svg = await renderSvg(when!.panels[0]!.spec, "x-", (message) => {
    throw new Error(message);
  });
  for (const text of ["linear, nnaudio", "clean", "20 dB", "0 dB", "number of bands", "+20.0 points"]) {
    assertStringIncludes(svg, text);
  }
  assertStringIncludes(conditionsTable(under, measure), "20 dB");
  assertEquals([conditionFigures([], [], measure), conditionsTable([], measure)], [[], ""]);
});

Deno.test("with one number of bands gains stand over the noise", () => {
  const { under, measure } = studied([40]);
  const [when] = conditionFigures(under, [], measure);
  assertStringIncludes(JSON.stringify(when!.panels[0]!.spec), "noise in the test");
});
