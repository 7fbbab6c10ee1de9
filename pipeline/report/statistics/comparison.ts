/** From the records of single runs to one that compares them, of any task. Pure. */
import type { FigureColumn, Metrics } from "../../../lib/records/metrics.ts";
import type {
  MissingRun,
  ResultRow,
  Results,
  RunDescription,
  SummaryRow,
} from "../../../lib/records/results.ts";
import type { Condition } from "../../../lib/records/condition.ts";
import { intervalWords } from "../text/interval_words.ts";
import { meanStd } from "./mean_std.ts";

/** A run with what came out of it. */
export interface EvaluatedRun {
  readonly description: RunDescription;
  readonly metrics: Metrics;
  /** Under each of the conditions; undefined where it was not tested under it. */
  readonly under: readonly (Metrics | undefined)[];
  readonly trainSeconds: number;
}

/**
 * @param runs At least one, all of one task. @param missing Those that were to be compared too.
 * @param conditions Under which they were tested besides.
 */
export function compareRuns(
  title: string,
  runs: readonly EvaluatedRun[],
  missing: readonly MissingRun[] = [],
  conditions: readonly Condition[] = [],
): Omit<Results, "format"> {
  const { task, example, examples, columns } = runs[0]!.metrics;
  const named = (column: FigureColumn, checkpoint: "best" | "last") => ({ metrics }: EvaluatedRun) =>
    metrics.checkpoints[checkpoint].values[metrics.columns.findIndex(({ name }) => name === column.name)] ??
      null;
  const tested = (column: FigureColumn) => (run: EvaluatedRun) => named(column, run.metrics.tested)(run);
  const known = columns.filter((column) => runs.some((run) => tested(column)(run) !== null));
  const shared = known.find((column) => runs.every((run) => tested(column)(run) !== null)) ?? columns[0]!;
  const figures = (run: EvaluatedRun, checkpoint: "best" | "last") => ({
    epoch: run.metrics.checkpoints[checkpoint].epoch,
    values: known.map((column) => named(column, checkpoint)(run)),
  });
  const rows = underConditions(runs.map((run) => {
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
      score: checkpoints[tested].score,
      lastScore: checkpoints.last.score.value,
      conditions: run.under.map((metrics) => metrics?.checkpoints[metrics.tested].score ?? null),
    };
  }));
  const sign = shared.lowerIsBetter ? -1 : 1;
  const scoreOf = ({ metrics: { checkpoints, tested } }: EvaluatedRun) =>
    sign * checkpoints[tested].score.value;
  const best = runs.reduce((a, b) => scoreOf(b) > scoreOf(a) ? b : a);
  return {
    task,
    example,
    examples,
    interval: intervalWords(rows.map(({ score }) => score), examples),
    columns: known,
    title,
    comparedBy: shared.name,
    conditions,
    guessing: guessingOf(runs),
    rows,
    missing,
    summary: summarizeSeeds(rows),
    told: { run: best.description.run, examples: best.metrics.told },
  };
}

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

/** Each run's score under each condition. */
interface Scored extends Omit<ResultRow, "gainOverA" | "conditions"> {
  readonly conditions: readonly (ResultRow["score"] | null)[];
}

/** With the gain over setting A, under each condition too. */
function underConditions(runs: readonly Scored[]): ResultRow[] {
  const inA = new Map(
    runs.filter(({ setting }) => setting === "A").map((run) => [apartFromSetting(run), run]),
  );
  const gain = (score: ResultRow["score"], inA: ResultRow["score"] | null | undefined) =>
    inA === undefined || inA === null ? null : score.value - inA.value;
  return runs.map((run) => {
    const baseline = inA.get(apartFromSetting(run));
    return {
      ...run,
      gainOverA: gain(run.score, baseline?.score),
      conditions: run.conditions.map((score, i) =>
        score === null ? null : { score, gainOverA: gain(score, baseline?.conditions[i]) }
      ),
    };
  });
}

/** One row for each configuration, in the order of their first runs; none if no two runs differ only in their seed. */
function summarizeSeeds(rows: readonly ResultRow[]): SummaryRow[] {
  if (!repeatsSeeds(rows)) return [];
  return [...Map.groupBy(rows, apartFromSeed).values()].map((group) => {
    const { frontend, model, setting, bands, other } = group[0]!;
    const overA = (gains: readonly (number | null)[]) => {
      const known = gains.flatMap((gain) => gain ?? []);
      return setting === "A" || known.length === 0 ? null : meanStd(known);
    };
    return {
      frontend,
      model,
      setting,
      bands,
      other,
      seeds: group.map(({ seed }) => seed),
      score: meanStd(group.map(({ score }) => score.value)),
      values: group[0]!.best.values.map((_, i) => {
        const values = group.flatMap((row) => row[row.state].values[i] ?? []);
        return values.length === 0 ? null : meanStd(values);
      }),
      gainOverA: overA(group.map(({ gainOverA }) => gainOverA)),
      conditions: group[0]!.conditions.map((_, i) => {
        const under = group.flatMap(({ conditions }) => conditions[i] ?? []);
        return under.length === 0 ? null : {
          score: meanStd(under.map(({ score }) => score.value)),
          gainOverA: overA(under.map(({ gainOverA }) => gainOverA)),
        };
      }),
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

function apartFromSetting({ frontend, model, bands, seed, other }: RunDescription): string {
  return JSON.stringify([frontend, model, bands, seed, other]);
}
