/** The report's tables. Pure. */
import { type Gain, type ScoreCell, verdict } from "../statistics/gains.ts";
import { conditionTitle } from "../../../lib/records/condition.ts";
import type { Interval } from "../../../lib/metrics/interval.ts";
import type { UnderCondition } from "../statistics/conditions.ts";
import { type HtmlCell, sortableTable } from "./markup.ts";
import type { ReportRun } from "./report_data.ts";
import type { ResultRow, Results } from "../../../lib/records/results.ts";
import { gainBasis, type Measure, measureOf } from "../statistics/measure.ts";
import { figureText } from "../tables/figure_cells.ts";
import { groupOf } from "../statistics/selection.ts";
import { duration, percent, signed, titled, valueText } from "../text/wording.ts";

const VERDICTS = { gain: "gain", loss: "loss", unclear: "not clear" } as const;

export function gainsTable(gains: readonly Gain[], measure: Measure): string {
  return sortableTable(
    `What each setting bought over A; intervals are ${
      gainBasis(gains, measure)
    }; sizes: how many numbers of bands`,
    [
      { title: "model, front-end" },
      { title: "setting" },
      { title: "in A", numeric: true },
      { title: measure.name, numeric: true },
      { title: `${measure.lowerIsBetter ? "change" : "gain"} (points)`, numeric: true },
      { title: "95 % interval", numeric: true },
      { title: "beyond chance" },
      { title: "trained values", numeric: true },
      { title: "training", numeric: true },
      { title: "seeds", numeric: true, once: true },
      { title: "sizes", numeric: true, once: true },
    ],
    gains.map((g) => [
      { text: g.group },
      { text: g.setting },
      { text: percent(g.scoreInA), value: g.scoreInA },
      { text: percent(g.score), value: g.score },
      { text: signed(g.gain.value), value: g.gain.value },
      { text: `${signed(g.gain.low)} to ${signed(g.gain.high)}`, value: g.gain.low },
      { text: VERDICTS[verdict(g.gain, measure)] },
      whole(g.trainedParameters),
      { text: duration(g.trainSeconds), value: g.trainSeconds },
      whole(g.seeds),
      whole(g.sizes),
    ]),
  );
}

/** Runs that differ only in their seed, as one line; nothing if no two do. */
export function seedsTable(cells: readonly ScoreCell[], measure: Measure): string {
  if (cells.every(({ runs }) => runs.length === 1)) return "";
  return sortableTable(
    `Over seeds: mean ${measure.name} with one standard deviation, mean gain with its 95 % interval over seeds and ${measure.unit}s`,
    [
      { title: "model, front-end" },
      { title: "setting" },
      { title: "bands", numeric: true },
      { title: "seeds", numeric: true },
      { title: measure.name, numeric: true },
      { title: `${measure.lowerIsBetter ? "change" : "gain"} (points)`, numeric: true },
    ],
    cells.map((cell) => [
      { text: groupOf(cell) },
      { text: cell.setting },
      whole(cell.bands),
      whole(cell.runs.length),
      {
        text: `${percent(cell.score.value)}${
          cell.spread === null ? "" : ` ± ${(100 * cell.spread).toFixed(1)}`
        }`,
        value: cell.score.value,
      },
      gainCell(cell.gain),
    ]),
  );
}

/** A line for each configuration under each condition; nothing if there are none. */
export function conditionsTable(under: readonly UnderCondition[], measure: Measure): string {
  if (under.length === 0) return "";
  return sortableTable(
    `${titled(measure.name)} under each condition; intervals of gains are ${
      gainBasis(under.flatMap(({ cells }) => cells), measure)
    }`,
    [
      { title: "model, front-end" },
      { title: "setting" },
      { title: "bands", numeric: true },
      { title: "condition" },
      { title: "seeds", numeric: true },
      { title: measure.name, numeric: true },
      { title: `${measure.lowerIsBetter ? "change" : "gain"} (points)`, numeric: true },
      { title: "beyond chance" },
    ],
    under.flatMap(({ title, cells }) =>
      cells.map((cell) => [
        { text: groupOf(cell) },
        { text: cell.setting },
        whole(cell.bands),
        { text: title },
        whole(cell.runs.length),
        { text: percent(cell.score.value), value: cell.score.value },
        gainCell(cell.gain),
        { text: cell.gain === null ? "" : VERDICTS[verdict(cell.gain, measure)] },
      ])
    ),
  );
}

/** What runs are and how they did; below it, a second table has all other figures: one would be wider than a screen. */
export function runsTable(
  results: Results,
  runs: readonly Pick<ReportRun, "run" | "uncoveredBins">[],
): string {
  const { rows, columns, comparedBy } = results;
  const measure = measureOf(results);
  const uncovered = new Map(runs.map(({ run, uncoveredBins }) => [run, uncoveredBins]));
  const keys = [...new Set(rows.flatMap(({ other }) => Object.keys(other)))];
  const others = columns.filter(({ name }) => name !== comparedBy);
  const titles = results.conditions.map(conditionTitle);
  const scores = sortableTable(
    "All runs; a run's name shows where its figures come from",
    [
      { title: "run" },
      { title: "model", once: true },
      { title: "front-end", once: true },
      { title: "setting" },
      { title: "bands", numeric: true, once: true },
      { title: "seed", numeric: true, once: true },
      ...keys.map((title) => ({ title, once: true })),
      { title: measure.name, numeric: true },
      { title: "95 % interval", numeric: true },
      { title: "vs A (points)", numeric: true },
      ...titles.map((title) => ({ title, numeric: true })),
      { title: "trained values", numeric: true },
      { title: "training", numeric: true },
    ],
    rows.map((row) => [
      { text: row.run, run: row.run },
      { text: row.model },
      { text: row.frontend },
      { text: row.setting },
      whole(row.bands),
      whole(row.seed),
      ...keys.map((key): HtmlCell => {
        const value = row.other[key];
        if (typeof value === "number") return { text: String(value), value };
        return { text: value === undefined ? "" : valueText(value) };
      }),
      { text: percent(row.score.value), value: row.score.value },
      { text: `${percent(row.score.low)} to ${percent(row.score.high)}`, value: row.score.low },
      gainOf(row),
      ...row.conditions.map((under): HtmlCell => {
        const value = under?.score.value ?? null;
        return { text: value === null ? "" : percent(value), value };
      }),
      whole(row.trainedParameters),
      { text: duration(row.trainSeconds), value: row.trainSeconds },
    ]),
  );
  const further = sortableTable(
    "Further figures of all runs",
    [
      { title: "run" },
      ...others.map(({ title }) => ({ title, numeric: true })),
      { title: "best epoch", numeric: true },
      { title: `last epoch's ${measure.name}`, numeric: true },
      { title: "bins without a band", numeric: true, once: true },
    ],
    rows.map((row) => [
      { text: row.run, run: row.run },
      ...others.map((column): HtmlCell => {
        const value = row[row.state].values[columns.indexOf(column)] ?? null;
        return { text: figureText(value, column), value };
      }),
      whole(row.best.epoch),
      { text: percent(row.lastScore), value: row.lastScore },
      whole(uncovered.get(row.run) ?? null),
    ]),
  );
  return `${scores}\n${further}`;
}

/** Of single runs. */
function gainOf({ gainOverA }: ResultRow): HtmlCell {
  return gainCell(gainOverA);
}

function whole(value: number | null): HtmlCell {
  return { text: value === null ? "" : value.toLocaleString("en"), value };
}

function gainCell(gain: Interval | null): HtmlCell {
  if (gain === null) return { text: "", value: null };
  return { text: `${signed(gain.value)} (${signed(gain.low)} to ${signed(gain.high)})`, value: gain.value };
}
