/** From the records of single runs to one that compares them, of any task. Pure. */
import type { History } from "../../../lib/records/history.ts";
import type { FigureColumn, Metrics } from "../../../lib/records/metrics.ts";
import type {
  MissingRun,
  Provenance,
  ResultRow,
  Results,
  RunDescription,
  SummaryRow,
} from "../../../lib/records/results.ts";
import type { Condition } from "../../../lib/records/condition.ts";
import { corrected, gainOf, levelOf, type ScoredRun } from "./gains.ts";
import type { Outcomes, OutcomesByRun } from "./outcomes.ts";
import { intervalWords } from "../text/interval_words.ts";
import { meanStd } from "./mean_std.ts";

/** A run with what came out of it. */
export interface EvaluatedRun {
  readonly description: RunDescription;
  readonly metrics: Metrics;
  /** Under each of the conditions; undefined where it was not tested under it. */
  readonly under: readonly (Metrics | undefined)[];
  readonly trainSeconds: number;
  /** Why its training ended before it had all its epochs. */
  readonly stopped?: History["stopped"];
  /** What it made of each example; absent: not known, and it is compared as if others were tested on others. */
  readonly outcomes?: Outcomes;
  /** The same under each of the conditions. */
  readonly outcomesUnder?: readonly (Outcomes | undefined)[];
}

/**
 * @param runs At least one, all of one task. @param missing Those that were to be compared too.
 * @param conditions Under which they were tested besides. @param provenance Of the data and of the figures.
 */
export function compareRuns(
  title: string,
  runs: readonly EvaluatedRun[],
  missing: readonly MissingRun[] = [],
  conditions: readonly Condition[] = [],
  provenance: Provenance = UNKNOWN,
): Omit<Results, "format"> {
  const { task, example, examples, columns } = runs[0]!.metrics;
  const named = (column: FigureColumn, checkpoint: "best" | "last") => ({ metrics }: EvaluatedRun) =>
    metrics.checkpoints[checkpoint].values[metrics.columns.findIndex(({ name }) => name === column.name)] ??
      null;
  const tested = (column: FigureColumn) => (run: EvaluatedRun) => named(column, run.metrics.tested)(run);
  const told = columns.filter((column) => runs.some((run) => tested(column)(run) !== null));
  const shared = told.find((column) => runs.every((run) => tested(column)(run) !== null)) ?? columns[0]!;
  const figures = (run: EvaluatedRun, checkpoint: "best" | "last") => ({
    epoch: run.metrics.checkpoints[checkpoint].epoch,
    values: told.map((column) => named(column, checkpoint)(run)),
  });
  const known = knownOutcomes(runs, conditions.length);
  const rows = withGains(
    runs.map((run) => {
      const { checkpoints, tested, trainedParameters, count, leftOut } = run.metrics;
      return {
        ...run.description,
        trainedParameters,
        tested: count,
        state: tested,
        leftOut: leftOut.length,
        trainSeconds: run.trainSeconds,
        best: figures(run, "best"),
        last: figures(run, "last"),
        ...(run.stopped && { stopped: run.stopped }),
        score: checkpoints[tested].score,
        lastScore: checkpoints.last.score.value,
        conditions: run.under.map((metrics) => metrics?.checkpoints[metrics.tested].score ?? null),
      };
    }),
    known,
  );
  const sign = shared.lowerIsBetter ? -1 : 1;
  const scoreOf = ({ metrics: { checkpoints, tested } }: EvaluatedRun) =>
    sign * checkpoints[tested].score.value;
  const best = runs.reduce((a, b) => scoreOf(b) > scoreOf(a) ? b : a);
  return {
    task,
    example,
    examples,
    interval: intervalWords(rows.map(({ score }) => score), examples),
    columns: told,
    title,
    comparedBy: shared.name,
    conditions,
    guessing: guessingOf(runs),
    ...provenance,
    rows,
    missing,
    summary: summarizeSeeds(rows, known),
    told: { run: best.description.run, examples: best.metrics.told },
  };
}

const UNKNOWN: Provenance = { data: [], made: { date: null, command: null, deno: [], code: [] } };

/** The same for all runs, or nothing that could be said of all. */
function guessingOf(runs: readonly EvaluatedRun[]): Results["guessing"] {
  const all = runs.map(({ metrics: { classes, checkpoints: { last: { confusion } } } }) => {
    const sizes = confusion.counts.map((row) => row.reduce((sum, count) => sum + count, 0));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    return confusion.nothing || sizes.length !== classes.length || total === 0
      ? null
      : { classes: classes.length, largest: Math.max(...sizes) / total };
  });
  const [first = null] = all;
  return all.every((one) => one?.classes === first?.classes && one?.largest === first?.largest)
    ? first
    : null;
}

/** What runs made of each example. */
interface Known {
  readonly plain: OutcomesByRun;
  /** Under each condition. */
  readonly under: readonly OutcomesByRun[];
}

function knownOutcomes(runs: readonly EvaluatedRun[], conditions: number): Known {
  const of = (outcomes: (run: EvaluatedRun) => Outcomes | undefined): OutcomesByRun =>
    new Map(runs.flatMap((run) => {
      const found = outcomes(run);
      return found === undefined ? [] : [[run.description.run, found] as const];
    }));
  return {
    plain: of(({ outcomes }) => outcomes),
    under: Array.from({ length: conditions }, (_, i) => of(({ outcomesUnder }) => outcomesUnder?.[i])),
  };
}

/** Each run's score under each condition. */
interface Scored extends Omit<ResultRow, "gainOverA" | "conditions"> {
  readonly conditions: readonly (ResultRow["score"] | null)[];
}

/** With the gain over setting A, under each condition too, all of them corrected as comparisons of one table. */
function withGains(runs: readonly Scored[], { plain, under }: Known): ResultRow[] {
  const inA = new Map(
    runs.filter(({ setting }) => setting === "A").map((run) => [apartFromSetting(run), run]),
  );
  const gains = runs.map((run) => {
    const a = run.setting === "A" ? undefined : inA.get(apartFromSetting(run));
    if (a === undefined) return [null, ...run.conditions.map(() => null)];
    return [
      gainOf([[run, a]], plain),
      ...run.conditions.map((score, i) => {
        const other = a.conditions[i] ?? null;
        return score === null || other === null
          ? null
          : gainOf([[{ ...run, score }, { ...a, score: other }]], under[i]!);
      }),
    ];
  });
  const all = corrected(gains.flat());
  let at = 0;
  return runs.map((run) => {
    const [gainOverA = null, ...others] = all.slice(at, at += 1 + run.conditions.length);
    return {
      ...run,
      gainOverA,
      conditions: run.conditions.map((score, i) =>
        score === null ? null : { score, gainOverA: others[i] ?? null }
      ),
    };
  });
}

/** A row with its score, or with that under a condition. */
type ScoredRow = ScoredRun & RunDescription;

/** One row for each configuration, in the order of their first runs; none if no two runs differ only in their seed. */
function summarizeSeeds(rows: readonly ResultRow[], { plain, under }: Known): SummaryRow[] {
  if (!repeatsSeeds(rows)) return [];
  const inA = new Map(
    rows.filter(({ setting }) => setting === "A").map((row) => [apartFromSetting(row), row]),
  );
  const pairsOf = (group: readonly ScoredRow[], at: (row: ResultRow) => ScoredRow | null) =>
    group.flatMap((row) => {
      const a = row.setting === "A" ? undefined : inA.get(apartFromSetting(row));
      const other = a === undefined ? null : at(a);
      return other === null ? [] : [[row, other] as const];
    });
  const overA = (pairs: ReturnType<typeof pairsOf>, outcomes: OutcomesByRun) => ({
    gainOverA: pairs.length === 0 ? null : meanStd(pairs.map(([row, a]) => row.score.value - a.score.value)),
    gain: pairs.length === 0 ? null : gainOf(pairs, outcomes),
  });
  const summary = [...Map.groupBy(rows, apartFromSeed).values()].map((group) => {
    const { frontend, model, setting, bands, other } = group[0]!;
    return {
      frontend,
      model,
      setting,
      bands,
      other,
      seeds: group.map(({ seed }) => seed),
      score: meanStd(group.map(({ score }) => score.value)),
      interval: levelOf(group, plain),
      lastScore: meanStd(group.map(({ lastScore }) => lastScore)),
      values: group[0]!.best.values.map((_, i) => {
        const values = group.flatMap((row) => row[row.state].values[i] ?? []);
        return values.length === 0 ? null : meanStd(values);
      }),
      ...overA(pairsOf(group, (row) => row), plain),
      conditions: group[0]!.conditions.map((_, i) => {
        const scored = (row: ResultRow) => {
          const score = row.conditions[i]?.score;
          return score === undefined ? null : { ...row, score };
        };
        const tested = group.flatMap((row) => scored(row) ?? []);
        return tested.length === 0 ? null : {
          score: meanStd(tested.map(({ score }) => score.value)),
          ...overA(pairsOf(tested, scored), under[i]!),
        };
      }),
    };
  });
  const all = corrected(
    summary.flatMap(({ gain, conditions }) => [gain, ...conditions.map((one) => one?.gain ?? null)]),
  );
  let at = 0;
  return summary.map((row) => {
    const [gain = null, ...others] = all.slice(at, at += 1 + row.conditions.length);
    return {
      ...row,
      gain,
      conditions: row.conditions.map((one, i) => one && { ...one, gain: others[i] ?? null }),
    };
  });
}

/** Whether some runs differ only in their seed. */
export function repeatsSeeds(runs: readonly RunDescription[]): boolean {
  return new Set(runs.map(apartFromSeed)).size < runs.length;
}

/** What runs that differ only in their seed share. */
function apartFromSeed({ frontend, model, setting, bands, other }: RunDescription): string {
  return JSON.stringify([frontend, model, setting, bands, other]);
}

function apartFromSetting(
  { frontend, model, bands, seed, other }: Omit<RunDescription, "run" | "setting">,
): string {
  return JSON.stringify([frontend, model, bands, seed, other]);
}
