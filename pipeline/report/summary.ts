/** Runs that differ only in their seed, as one configuration: means and standard deviations. Pure. */
import type { ResultRow, RunDescription } from "./results.ts";

export interface MeanStd {
  readonly mean: number;
  /** Sample standard deviation (n - 1); null for a single value. */
  readonly std: number | null;
  /** How many values. */
  readonly n: number;
}

/** One configuration over its seeds; figures are of the best checkpoints. */
export interface SummaryRow extends Omit<RunDescription, "run" | "seed"> {
  readonly seeds: readonly number[];
  readonly accuracy: MeanStd;
  readonly f1_macro: MeanStd;
  readonly f1_weighted: MeanStd;
  /**
   * Accuracy minus that of the run with the same seed and setting A, over the seeds that both have: what seeds have
   * in common drops out of the difference. Null in setting A, and where no seed has both.
   */
  readonly gain_over_a: MeanStd | null;
}

/** Whether some runs differ only in their seed. */
export function repeatsSeeds(runs: readonly RunDescription[]): boolean {
  return new Set(runs.map(apartFromSeed)).size < runs.length;
}

/** One row for each configuration, in the order of their first runs; none if no two runs differ only in their seed. */
export function summarizeSeeds(rows: readonly ResultRow[]): SummaryRow[] {
  if (!repeatsSeeds(rows)) return [];
  return [...Map.groupBy(rows, apartFromSeed).values()].map((group) => {
    const { frontend, model, setting, n_mels, other } = group[0]!;
    const gains = group.flatMap(({ gain_over_a }) => (gain_over_a === null ? [] : [gain_over_a]));
    return {
      frontend,
      model,
      setting,
      n_mels,
      other,
      seeds: group.map(({ seed }) => seed),
      accuracy: meanStd(group.map(({ best }) => best.accuracy)),
      f1_macro: meanStd(group.map(({ best }) => best.f1_macro)),
      f1_weighted: meanStd(group.map(({ best }) => best.f1_weighted)),
      gain_over_a: setting === "A" || gains.length === 0 ? null : meanStd(gains),
    };
  });
}

/** @param values At least one. */
export function meanStd(values: readonly number[]): MeanStd {
  const n = values.length;
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, std: n > 1 ? Math.sqrt(squares / (n - 1)) : null, n };
}

/** What runs that differ only in their seed share. */
export function apartFromSeed({ frontend, model, setting, n_mels, other }: RunDescription): string {
  return JSON.stringify([frontend, model, setting, n_mels, other]);
}
