/** What was compared, and on what, in a few lines: what a figure means nothing without. Pure. */
import type { ResultRow, Results } from "../../../lib/records/results.ts";
import { runWords, sizeWords } from "../figures/score_words.ts";
import { measureOf } from "../statistics/measure.ts";
import { chanceText, dataLines, madeText, stopLines } from "../text/data_lines.ts";
import { count, listed, percent } from "../text/wording.ts";

export interface Fact {
  readonly name: string;
  readonly text: string;
}

export function factsOf(results: Results): Fact[] {
  const { rows, data, example, examples } = results;
  const excluded = data.flatMap(({ splits }) => splits).filter(({ split }) => split === "test")
    .reduce((sum, { excluded }) => sum + excluded, 0);
  const chance = chanceText(results);
  const { lowerIsBetter } = measureOf(results);
  const distinct = (of: (row: ResultRow) => string) => [...new Set(rows.map(of))];
  const apart = [...new Set(rows.flatMap(({ other }) => Object.keys(other)))];
  const settings = distinct(({ setting }) => setting).sort();
  const best = rows.toSorted((a, b) => (lowerIsBetter ? 1 : -1) * (a.score.value - b.score.value))[0]!;
  return [
    {
      name: "Compared",
      text: `${count(rows.length, "run")}: ${listed(distinct(({ model }) => model))} on ${
        listed(distinct(({ frontend }) => frontend))
      }, setting${settings.length === 1 ? "" : "s"} ${listed(settings)}, ${sizeWords(rows)}${
        apart.length === 0 ? "" : `; runs differ in ${listed(apart)} too`
      }`,
    },
    ...dataLines(results).map((text) => ({ name: "Data", text })),
    ...stopLines(results).map((text) => ({ name: "Ended early", text })),
    ...(chance === undefined ? [] : [{ name: "Chance", text: chance }]),
    ...(excluded === 0 ? [] : [{
      name: "Left out",
      text: `${
        count(excluded, `test ${example}`, `test ${examples}`)
      } by the list of dataset.exclude: scores can only be held against others with the same list`,
    }]),
    {
      name: rows.length === 1 ? "Score" : "Best run",
      text: `${runWords(best)}: ${percent(best.score.value)}, 95 % interval ${percent(best.score.low)} to ${
        percent(best.score.high)
      }`,
    },
    { name: "Made", text: madeText(results) },
  ];
}
