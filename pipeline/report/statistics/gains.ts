/** What training parts of the front-end bought, by group of runs and over all of its sizes and seeds. Pure. */
import type { Interval } from "../../../lib/metrics/interval.ts";
import { holm, mcNemar } from "../../../lib/metrics/paired_tests.ts";
import {
  averageInterval,
  type DifferenceInterval,
  differenceInterval,
  meanInterval,
  widest,
} from "./intervals.ts";
import type { OutcomesByRun } from "./outcomes.ts";
import {
  averageDifferences,
  type Differences,
  differencesOf,
  pairedInterval,
  seedsInterval,
} from "./paired.ts";
import type { GainInterval, ResultRow } from "../../../lib/records/results.ts";
import type { Measure } from "./measure.ts";
import { groupOf } from "./selection.ts";
import { meanStd } from "./mean_std.ts";

/** Runs that differ only in their seed. */
export interface ScoreCell extends Pick<ResultRow, "setting" | "frontend" | "model" | "bands" | "other"> {
  readonly runs: readonly string[];
  /** Mean over seeds, with its 95 % interval over seeds and over what they were tested on; a single run's own. */
  readonly score: Interval;
  /** Sample standard deviation over seeds; null: there is one. */
  readonly spread: number | null;
  /** Score minus that in setting A. Null in setting A and where there is no pair. */
  readonly gain: GainInterval | null;
}

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
  return correctedCells([...cells.values()].map((cell) => {
    const { setting, frontend, model, bands, other } = cell[0]!;
    const pairs = pairsOf(cell);
    return {
      setting,
      frontend,
      model,
      bands,
      other,
      runs: cell.map(({ run }) => run),
      score: levelOf(cell, outcomes),
      spread: meanStd(cell.map(({ score }) => score.value)).std,
      gain: setting === "A" || pairs.length === 0 ? null : gainOf(pairs, outcomes),
    };
  }));
}

/** The same with p values corrected for how many gains there are among them. */
export function correctedCells<Cell extends { readonly gain: GainInterval | null }>(
  cells: readonly Cell[],
): Cell[] {
  const gains = corrected(cells.map(({ gain }) => gain));
  return cells.map((cell, i) => ({ ...cell, gain: gains[i]! }));
}

/** Holm's correction for as many comparisons as there are gains. @returns In the same places. */
export function corrected(gains: readonly (GainInterval | null)[]): (GainInterval | null)[] {
  const values = holm(gains.flatMap((gain) => gain?.p ?? []));
  let at = 0;
  return gains.map((gain) => gain && { ...gain, pHolm: values[at++]! });
}

/** Over seeds, and over what all were tested on, where that is the same. */
export function levelOf(cell: readonly ScoredRun[], outcomes: OutcomesByRun): Interval {
  if (cell.length === 1) {
    const { value, low, high } = cell[0]!.score;
    return { value, low, high };
  }
  const known = cell.flatMap(({ run }) => outcomes.get(run) ?? []);
  const isSame = known.length === cell.length && new Set(known.map(({ examples }) => examples)).size === 1;
  if (!isSame) {
    const { p: _, ...interval } = meanInterval(cell.map(({ score }) => score.value));
    return interval;
  }
  const isShare = known.every(({ score, of }) => score.every((one, i) => one <= of[i]!));
  const { value, ...seeds } = seedsInterval(
    known.map(({ score, of, speakers }) => ({ raw: score, of, speakers })),
  );
  const single = averageInterval(cell.map(({ score }) => score)); // where nothing varies, as where all is right
  const [low, high] = [Math.min(seeds.low, single.low), Math.max(seeds.high, single.high)];
  return { value, low: Math.max(0, low), high: isShare ? Math.min(1, high) : high };
}

/** One for each group and setting that can be compared with setting A, in the order of the runs. */
export function gainsOver(rows: readonly ResultRow[], outcomes: OutcomesByRun): Gain[] {
  const pairsOf = pairing(rows);
  const cells = Map.groupBy(rows, (row) => JSON.stringify([groupOf(row), row.setting]));
  return correctedCells([...cells.values()].flatMap((cell) => {
    const pairs = pairsOf(cell);
    if (cell[0]!.setting === "A" || pairs.length === 0) return [];
    const bySeed = [...Map.groupBy(pairs, ([row]) => row.seed).values()];
    // As the gain is: over sizes, then over seeds, of which one may lack a size.
    const mean = (of: (pair: Pair) => number) =>
      meanStd(bySeed.map((ofSeed) => meanStd(ofSeed.map(of)).mean)).mean;
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
  }));
}

/** Beyond chance: the 95 % interval lies to one side of zero, and p stays below 5 % however many comparisons there are. */
export function verdict(
  { low, high, pHolm }: Pick<GainInterval, "low" | "high" | "pHolm">,
  { lowerIsBetter }: Pick<Measure, "lowerIsBetter">,
): Verdict {
  if (low <= 0 && high >= 0 || pHolm >= 0.05) return "unclear";
  return (low > 0) === lowerIsBetter ? "loss" : "gain";
}

export type Verdict = "gain" | "loss" | "unclear";

/** What a gain is taken from. */
export type ScoredRun = Pick<ResultRow, "run" | "seed" | "score">;
/** A run and the one that differs only in having setting A. */
type Pair<Run extends ScoredRun = ResultRow> = readonly [Run, Run];

function pairing(rows: readonly ResultRow[]): (cell: readonly ResultRow[]) => Pair[] {
  const apart = (row: ResultRow) => JSON.stringify([groupOf(row), row.bands, row.seed]);
  const inA = new Map(rows.filter(({ setting }) => setting === "A").map((row) => [apart(row), row]));
  return (cell) =>
    cell.flatMap((row) => {
      const a = inA.get(apart(row));
      return a === undefined ? [] : [[row, a] as const];
    });
}

/**
 * A difference to setting A: mean over sizes, then over seeds. Where all were tested on the same examples it is paired,
 * else taken for different ones; over seeds it is then in no direction narrower, and p no smaller, than by what was tested
 * alone, as two seeds that agree by chance would otherwise pass for certainty.
 *
 * @param pairs At least one. @returns Not corrected yet for other comparisons.
 */
export function gainOf(pairs: readonly Pair<ScoredRun>[], outcomes: OutcomesByRun): GainInterval {
  const bySeed = [...Map.groupBy(pairs, ([row]) => row.seed).values()];
  const known = pairs.map(([row]) => outcomes.get(row.run)?.examples);
  const differences = bySeed.map((ofSeed) =>
    ofSeed.flatMap(([row, a]) => differencesOf(outcomes.get(row.run), outcomes.get(a.run)) ?? [])
  );
  if (differences.flat().length === pairs.length && new Set(known).size === 1) {
    const [[first] = []] = differences;
    const interval = pairedInterval(differences.map(averageDifferences));
    return {
      ...interval,
      pHolm: interval.p,
      paired: true,
      speakers: voicesIn(first!),
      noises: first!.speakers?.noises ?? 0,
      discordant: pairs.length === 1 ? discordantIn(first!) : null,
    };
  }
  const perSeed = bySeed.map((ofSeed) =>
    averageInterval(ofSeed.map(([row, a]) => differenceInterval(row.score, a.score)))
  );
  const interval = unpairedInterval(perSeed);
  return { ...interval, pHolm: interval.p, paired: false, speakers: null, noises: 0, discordant: null };
}

/** @param perSeed Differences, at least one. */
function unpairedInterval(perSeed: readonly DifferenceInterval[]): DifferenceInterval {
  const tested = averageInterval(perSeed);
  if (perSeed.length === 1) return perSeed[0]!;
  const seeds = meanInterval(perSeed.map(({ value }) => value));
  return { ...widest([seeds, tested]), p: Math.max(seeds.p, tested.p) };
}

function voicesIn({ speakers }: Differences): number | null {
  return speakers === undefined ? null : speakers.count - speakers.noises;
}

/** McNemar's table of a single pair, where each example counts as right or wrong. */
function discordantIn({ raw, of }: Differences): GainInterval["discordant"] {
  if (of.some((one) => one !== 1) || raw.some((one) => Math.abs(one) > 1)) return null;
  const [gained, lost] = [1, -1].map((wanted) => raw.filter((one) => one === wanted).length);
  return { gained: gained!, lost: lost!, p: mcNemar(gained!, lost!) };
}
