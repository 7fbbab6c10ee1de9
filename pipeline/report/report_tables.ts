/** The report's tables. Pure. */
import { type ScoreCell, scoreCells, verdict } from "./gains.ts";
import type { Gain } from "./gains.ts";
import type { Interval } from "./intervals.ts";
import { type HtmlCell, sortableTable } from "./markup.ts";
import type { ResultRow } from "./results.ts";
import { groupOf } from "./selection.ts";
import { duration, percent, signed } from "./wording.ts";

const VERDICTS = { gain: "gain", loss: "loss", unclear: "not clear" } as const;

export function gainsTable(gains: readonly Gain[]): string {
  return sortableTable(
    "What each setting bought over A; sizes: how many numbers of Mel bands",
    [
      { title: "model, front-end" },
      { title: "setting" },
      { title: "in A", numeric: true },
      { title: "accuracy", numeric: true },
      { title: "gain (points)", numeric: true },
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
      { text: percent(g.accuracyInA), value: g.accuracyInA },
      { text: percent(g.accuracy), value: g.accuracy },
      { text: signed(g.gain.value), value: g.gain.value },
      { text: `${signed(g.gain.low)} to ${signed(g.gain.high)}`, value: g.gain.low },
      { text: VERDICTS[verdict(g.gain)] },
      whole(g.trainedParameters),
      { text: duration(g.trainSeconds), value: g.trainSeconds },
      whole(g.seeds),
      whole(g.sizes),
    ]),
  );
}

/** Runs that differ only in their seed, as one line; nothing if no two do. */
export function seedsTable(rows: readonly ResultRow[]): string {
  const cells = scoreCells(rows);
  if (cells.length === rows.length) return "";
  return sortableTable(
    "Over seeds: mean accuracy with one standard deviation, mean gain with its 95 % interval",
    [
      { title: "model, front-end" },
      { title: "setting" },
      { title: "bands", numeric: true },
      { title: "seeds", numeric: true },
      { title: "accuracy", numeric: true },
      { title: "gain (points)", numeric: true },
    ],
    cells.map((cell: ScoreCell) => [
      { text: groupOf(cell) },
      { text: cell.setting },
      whole(cell.n_mels),
      whole(cell.runs.length),
      {
        text: `${percent(cell.accuracy.value)} ± ${
          (100 * (cell.accuracy.high - cell.accuracy.value)).toFixed(1)
        }`,
        value: cell.accuracy.value,
      },
      gainCell(cell.gain),
    ]),
  );
}

export function runsTable(rows: readonly ResultRow[]): string {
  const keys = [...new Set(rows.flatMap(({ other }) => Object.keys(other)))];
  return sortableTable(
    "All runs; a run's name shows where its figures come from",
    [
      { title: "run" },
      { title: "model" },
      { title: "front-end" },
      { title: "setting" },
      { title: "bands", numeric: true },
      { title: "seed", numeric: true },
      ...keys.map((title) => ({ title })),
      { title: "accuracy", numeric: true },
      { title: "95 % interval", numeric: true },
      { title: "vs A (points)", numeric: true },
      { title: "macro F1", numeric: true },
      { title: "cross entropy (nats)", numeric: true },
      { title: "best epoch", numeric: true },
      { title: "last epoch's accuracy", numeric: true },
      { title: "trained values", numeric: true },
      { title: "training", numeric: true },
    ],
    rows.map((row) => [
      { text: row.run, run: row.run },
      { text: row.model },
      { text: row.frontend },
      { text: row.setting },
      whole(row.n_mels),
      whole(row.seed),
      ...keys.map((key): HtmlCell => {
        const value = row.other[key];
        if (typeof value === "number") return { text: String(value), value };
        return { text: value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value) };
      }),
      { text: percent(row.best.accuracy), value: row.best.accuracy },
      { text: `${percent(row.accuracy_low)} to ${percent(row.accuracy_high)}`, value: row.accuracy_low },
      row.gain_over_a === null
        ? { text: "", value: null }
        : { text: signed(row.gain_over_a), value: row.gain_over_a },
      { text: percent(row.best.f1_macro), value: row.best.f1_macro },
      { text: row.best.cross_entropy.toFixed(3), value: row.best.cross_entropy },
      whole(row.best.epoch),
      { text: percent(row.last.accuracy), value: row.last.accuracy },
      whole(row.trained_parameters),
      { text: duration(row.train_seconds), value: row.train_seconds },
    ]),
  );
}

function whole(value: number): HtmlCell {
  return { text: value.toLocaleString("en"), value };
}

function gainCell(gain: Interval | null): HtmlCell {
  if (gain === null) return { text: "", value: null };
  return { text: `${signed(gain.value)} (${signed(gain.low)} to ${signed(gain.high)})`, value: gain.value };
}
