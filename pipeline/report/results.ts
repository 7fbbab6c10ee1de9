/** From the records of single runs to rows that compare them. Pure. */
import type { Json } from "../../lib/base/json.ts";

/** What identifies a run, as the graph describes it to `aggregate`. */
export interface RunDescription {
  readonly run: string;
  readonly setting: string;
  readonly frontend: string;
  readonly model: string;
  readonly n_mels: number;
  readonly seed: number;
  /** Whatever else the sweep varied: dotted key -> value. */
  readonly other: Readonly<Record<string, Json>>;
}

/** Figures of one checkpoint on the test split; rates are in [0, 1], cross entropy in nats. */
export interface CheckpointFigures {
  readonly epoch: number;
  readonly accuracy: number;
  readonly cross_entropy: number;
  readonly f1_macro: number;
  readonly f1_weighted: number;
}

export interface RunFigures {
  readonly trained_parameters: number;
  readonly test_clips: number;
  readonly best: CheckpointFigures;
  readonly last: CheckpointFigures;
  readonly train_seconds: number;
}

export interface ResultRow extends RunDescription, RunFigures {
  /** 95 % Wilson score interval of the best checkpoint's accuracy over the test clips. */
  readonly accuracy_low: number;
  readonly accuracy_high: number;
  /** Accuracy minus that of the run that differs only in having setting A; null if there is none. */
  readonly gain_over_a: number | null;
}

export function compareRuns(runs: readonly (RunDescription & RunFigures)[]): ResultRow[] {
  const accuracyInA = new Map(
    runs.filter((r) => r.setting === "A").map((r) => [apartFromSetting(r), r.best.accuracy]),
  );
  return runs.map((run) => {
    const baseline = accuracyInA.get(apartFromSetting(run));
    const [low, high] = wilsonInterval(run.best.accuracy * run.test_clips, run.test_clips);
    return {
      ...run,
      accuracy_low: low,
      accuracy_high: high,
      gain_over_a: baseline === undefined ? null : run.best.accuracy - baseline,
    };
  });
}

/**
 * 95 % score interval of a proportion (Wilson 1927): unlike the normal approximation it stays inside [0, 1] and
 * is right near the ends.
 */
export function wilsonInterval(successes: number, trials: number): [number, number] {
  if (trials === 0) return [0, 1];
  const z = 1.959963984540054; // 97.5 % quantile of the standard normal
  const p = successes / trials;
  const centre = (p + z * z / (2 * trials)) / (1 + z * z / trials);
  const half = (z / (1 + z * z / trials)) * Math.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

function apartFromSetting(run: RunDescription): string {
  return JSON.stringify([run.frontend, run.model, run.n_mels, run.seed, run.other]);
}
