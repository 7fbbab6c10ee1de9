/** What training parts of the front-end bought, by group of runs and over all of its sizes and seeds. Pure. */
import type { Interval } from "../../../lib/metrics/interval.ts";
import { averageInterval, differenceInterval, meanInterval, spreadInterval } from "./intervals.ts";
import { averageDifferences, differencesOf, type Outcomes, pairedInterval } from "./paired.ts";
import type { ResultRow } from "../../../lib/records/results.ts";
import type { Measure } from "./measure.ts";
import { groupOf } from "./selection.ts";
import { meanStd } from "./mean_std.ts";

/** Runs that differ only in their seed. */
export interface ScoreCell extends Pick<ResultRow, "setting" | "frontend" | "model" | "bands" | "other"> {
  readonly runs: readonly string[];
  /** Mean and standard deviation over seeds; a single run's 95 % interval over what it was tested on. */
  readonly score: Interval;
  /** Score minus that in setting A. Null in setting A and where there is no pair. */
  readonly gain: GainInterval | null;
}

/**
 * A difference to setting A with its 95 % interval, over the seeds that both have, and over what they were tested on:
 * `paired` if that was the same for all, else taken for different examples, and with several seeds for fixed ones.
 */
export interface GainInterval extends Interval {
  readonly paired: boolean;
}

/** By run; those of which nothing is known are not paired. */
export type OutcomesByRun = ReadonlyMap<string, Outcomes>;

/** What one setting bought in one group. */
export interface Gain {
  readonly group: string;
  readonly setting: string;
  readonly gain: GainInterval;
  readonly score: number;
  readonly scoreInA: number;
  readonly seeds: number;
  readonly sizes: number;
  readonly tests: number;
  readonly runs: readonly string[];
  readonly trainedParameters: number;
  /** Mean over the runs. */
  readonly trainSeconds: number;
  readonly trainSecondsInA: number;
}

export function scoreCells(rows: readonly ResultRow[], outcomes: OutcomesByRun): ScoreCell[] {
  const pairsOf = pairing(rows);
  const cells = Map.groupBy(rows, (row) => JSON.stringify([groupOf(row), row.setting, row.bands]));
  return [...cells.values()].map((cell) => {
    const { setting, frontend, model, bands, other } = cell[0]!;
    const pairs = pairsOf(cell);
    return {
      setting,
      frontend,
      model,
      bands,
      other,
      runs: cell.map(({ run }) => run),
      score: cell.length > 1 ? spreadInterval(cell.map(({ score }) => score.value)) : cell[0]!.score,
      gain: setting === "A" || pairs.length === 0 ? null : gainOf(pairs, outcomes),
    };
  });
}

/** One for each group and setting that can be compared with setting A, in the order of the runs. */
export function gainsOver(rows: readonly ResultRow[], outcomes: OutcomesByRun): Gain[] {
  const pairsOf = pairing(rows);
  const cells = Map.groupBy(rows, (row) => JSON.stringify([groupOf(row), row.setting]));
  return [...cells.values()].flatMap((cell) => {
    const pairs = pairsOf(cell);
    if (cell[0]!.setting === "A" || pairs.length === 0) return [];
    const mean = (of: (pair: Pair) => number) => meanStd(pairs.map(of)).mean;
    return [{
      group: groupOf(cell[0]!),
      setting: cell[0]!.setting,
      gain: gainOf(pairs, outcomes),
      score: mean(([row]) => row.score.value),
      scoreInA: mean(([, a]) => a.score.value),
      seeds: new Set(pairs.map(([row]) => row.seed)).size,
      sizes: new Set(pairs.map(([row]) => row.bands)).size,
      tests: pairs[0]![0].tested,
      runs: pairs.flatMap(([row, a]) => [row.run, a.run]),
      trainedParameters: Math.max(...pairs.map(([row]) => row.trainedParameters)),
      trainSeconds: mean(([row]) => row.trainSeconds),
      trainSecondsInA: mean(([, a]) => a.trainSeconds),
    }];
  });
}

/** Beyond chance: the 95 % interval lies to one side of zero. */
export function verdict({ low, high }: Interval, { lowerIsBetter }: Pick<Measure, "lowerIsBetter">): Verdict {
  if (low <= 0 && high >= 0) return "unclear";
  return (low > 0) === lowerIsBetter ? "loss" : "gain";
}

export type Verdict = "gain" | "loss" | "unclear";

/** A run and the one that differs only in having setting A. */
type Pair = readonly [ResultRow, ResultRow];

function pairing(rows: readonly ResultRow[]): (cell: readonly ResultRow[]) => Pair[] {
  const apart = (row: ResultRow) => JSON.stringify([groupOf(row), row.bands, row.seed]);
  const inA = new Map(rows.filter(({ setting }) => setting === "A").map((row) => [apart(row), row]));
  return (cell) =>
    cell.flatMap((row) => {
      const a = inA.get(apart(row));
      return a === undefined ? [] : [[row, a] as const];
    });
}

/** Mean over sizes, then over seeds. @param pairs At least one. */
function gainOf(pairs: readonly Pair[], outcomes: OutcomesByRun): GainInterval {
  const bySeed = [...Map.groupBy(pairs, ([row]) => row.seed).values()];
  const known = pairs.map(([row]) => outcomes.get(row.run)?.examples);
  const differences = bySeed.map((ofSeed) =>
    ofSeed.flatMap(([row, a]) => differencesOf(outcomes.get(row.run), outcomes.get(a.run)) ?? [])
  );
  if (differences.flat().length === pairs.length && new Set(known).size === 1) {
    return { ...pairedInterval(differences.map(averageDifferences)), paired: true };
  }
  const perSeed = bySeed.map((ofSeed) =>
    averageInterval(ofSeed.map(([row, a]) => differenceInterval(row.score, a.score)))
  );
  return {
    ...(perSeed.length > 1 ? meanInterval(perSeed.map(({ value }) => value)) : perSeed[0]!),
    paired: false,
  };
}
