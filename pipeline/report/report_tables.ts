/** The report's tables. Pure. */
import { type Gain, type ScoreCell, scoreCells, verdict } from "./gains.ts";
import type { Interval } from "./intervals.ts";
import { type HtmlCell, sortableTable } from "./markup.ts";
import type { ReportRun } from "./report_data.ts";
import type { Measure, ScoredRun } from "./scored_run.ts";
import { groupOf } from "./selection.ts";
import { duration, percent, signed } from "./wording.ts";

const VERDICTS = { gain: "gain", loss: "loss", unclear: "not clear" } as const;

export function gainsTable(gains: readonly Gain[], measure: Measure): string {
  return sortableTable(
    "What each setting bought over A; sizes: how many numbers of Mel bands",
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
      { title: "seeds", numeric: true },
      { title: "sizes", numeric: true },
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
export function seedsTable(rows: readonly ScoredRun[], measure: Measure): string {
  const cells = scoreCells(rows);
  if (cells.length === rows.length) return "";
  return sortableTable(
    `Over seeds: mean ${measure.name} with one standard deviation, mean gain with its 95 % interval`,
    [
      { title: "model, front-end" },
      { title: "setting" },
      { title: "bands", numeric: true },
      { title: "seeds", numeric: true },
      { title: measure.name, numeric: true },
      { title: `${measure.lowerIsBetter ? "change" : "gain"} (points)`, numeric: true },
    ],
    cells.map((cell: ScoreCell) => [
      { text: groupOf(cell) },
      { text: cell.setting },
      whole(cell.n_mels),
      whole(cell.runs.length),
      {
        text: `${percent(cell.score.value)} ± ${(100 * (cell.score.high - cell.score.value)).toFixed(1)}`,
        value: cell.score.value,
      },
      gainCell(cell.gain),
    ]),
  );
}

export function runsTable(
  rows: readonly ScoredRun[],
  measure: Measure,
  runs: readonly Pick<ReportRun, "run" | "uncovered_bins">[],
): string {
  const uncovered = new Map(runs.map(({ run, uncovered_bins }) => [run, uncovered_bins]));
  const keys = [...new Set(rows.flatMap(({ other }) => Object.keys(other)))];
  const gainOf = gainsByRun(rows);
  return sortableTable(
    "All runs; a run's name shows where its figures come from",
    [
      { title: "run" },
      { title: "model" },
      { title: "front-end" },
      { title: "setting" },
      { title: "bands", numeric: true },
      { title: "bins without a band", numeric: true },
      { title: "seed", numeric: true },
      ...keys.map((title) => ({ title })),
      { title: measure.name, numeric: true },
      { title: "95 % interval", numeric: true },
      { title: "vs A (points)", numeric: true },
      ...(rows[0]?.details ?? []).map(({ title }) => ({ title, numeric: true })),
      { title: "trained values", numeric: true },
      { title: "training", numeric: true },
    ],
    rows.map((row) => [
      { text: row.run, run: row.run },
      { text: row.model },
      { text: row.frontend },
      { text: row.setting },
      whole(row.n_mels),
      whole(uncovered.get(row.run)!),
      whole(row.seed),
      ...keys.map((key): HtmlCell => {
        const value = row.other[key];
        if (typeof value === "number") return { text: String(value), value };
        return { text: value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value) };
      }),
      { text: percent(row.score.value), value: row.score.value },
      { text: `${percent(row.score.low)} to ${percent(row.score.high)}`, value: row.score.low },
      gainOf(row),
      ...row.details,
      whole(row.trained_parameters),
      { text: duration(row.train_seconds), value: row.train_seconds },
    ]),
  );
}

/** Of single runs, without an interval: that is the other tables' affair. */
function gainsByRun(rows: readonly ScoredRun[]): (row: ScoredRun) => HtmlCell {
  const twin = (row: ScoredRun) => JSON.stringify([groupOf(row), row.n_mels, row.seed]);
  const inA = new Map(rows.filter(({ setting }) => setting === "A").map((row) => [twin(row), row]));
  return (row) => {
    const a = inA.get(twin(row));
    if (a === undefined) return { text: "", value: null };
    const value = row.score.value - a.score.value;
    return { text: signed(value), value };
  };
}

function whole(value: number): HtmlCell {
  return { text: value.toLocaleString("en"), value };
}

function gainCell(gain: Interval | null): HtmlCell {
  if (gain === null) return { text: "", value: null };
  return { text: `${signed(gain.value)} (${signed(gain.low)} to ${signed(gain.high)})`, value: gain.value };
}
