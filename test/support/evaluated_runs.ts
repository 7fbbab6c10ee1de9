/** Runs as `aggregate` reads them, made up from their scores. */
import { rateInterval } from "../../lib/metrics/interval.ts";
import { measuredBy } from "../../lib/records/metrics.ts";
import type { PredictedExample, Predictions } from "../../lib/records/predictions.ts";
import type { ResultRow, RunDescription } from "../../lib/records/results.ts";
import type { FigureColumn, TaskKind } from "../../lib/tasks/contract.ts";
import { kind as keywords } from "../../lib/tasks/kws/kind.ts";
import { kind as phonemes } from "../../lib/tasks/asr/kind.ts";
import { compareRuns, type EvaluatedRun } from "../../pipeline/report/statistics/comparison.ts";

export interface MadeUp {
  readonly setting: string;
  readonly score: number;
  readonly seed?: number;
  readonly bands?: number;
  readonly model?: string;
  readonly other?: RunDescription["other"];
  readonly leftOut?: number;
  /** Of recognisers: whether labels are TIMIT's phones. */
  readonly folded?: boolean;
}

export function keywordRun(run: MadeUp): EvaluatedRun {
  const values = { accuracy: run.score, f1_macro: run.score / 2, cross_entropy: 0.5 };
  return evaluated("kws", keywords, run, values, run.score);
}

/** @param run Its score is of all labels, folded phones have 10 points less. */
export function phonemeRun(run: MadeUp): EvaluatedRun {
  const { folded = true, score } = run;
  const headline = folded ? score - 0.1 : score;
  const values = { error_rate: score, ...(folded ? { folded_error_rate: headline } : {}), substitutions: 5 };
  return evaluated("asr", phonemes, run, values, headline);
}

/** What a made-up run told: of 300 clips by 20 speakers as many right as its score says, the first ones. */
export function predictionsOf({ metrics }: EvaluatedRun): Omit<Predictions, "format"> {
  const { task, split, condition, classes, count, checkpoints, tested } = metrics;
  const right = Math.round(checkpoints[tested].score.value * count);
  const examples = Array.from({ length: count }, (_, i): PredictedExample => {
    const label = i % classes.length;
    const told = i < right ? label : (label + 1) % classes.length;
    return {
      name: `${classes[label]}/speaker${i % 20}_nohash_${i}.wav`,
      labels: [classes[label]!],
      told: [classes[told]!],
      posterior: 0.75,
      posteriors: classes.map((_, k) => k === told ? 0.75 : 0.25 / (classes.length - 1)),
      loss: told === label ? -Math.log(0.75) : -Math.log(0.25),
      speaker: `speaker${i % 20}`,
      seconds: 1,
      score: told === label ? 1 : 0,
      of: 1,
    };
  });
  return { task, split, condition, classes, examples };
}

export function rowsOf(runs: readonly EvaluatedRun[]): readonly ResultRow[] {
  return compareRuns("T", runs).rows;
}

function evaluated(
  task: string,
  kind: TaskKind,
  { setting, seed = 0, bands = 40, model = "linear", other = {}, leftOut = 0 }: MadeUp,
  values: Readonly<Record<string, number>>,
  score: number,
): EvaluatedRun {
  const checkpoint = {
    epoch: 3,
    values: kind.figures.map(({ name }: FigureColumn) => values[name] ?? null),
    score: { ...rateInterval(score, 300), method: "wilson" as const, speakers: null, noises: 0 },
    confusion: { labels: ["a", "b"], counts: [[1, 0], [0, 1]], nothing: false },
  };
  const run = [model, setting, `mel${bands}`, `seed${seed}`].join("-");
  return {
    description: { run, setting, frontend: "nnaudio", model, bands, seed, other },
    metrics: {
      format: 4,
      ...measuredBy(task, kind),
      split: "test",
      condition: null,
      classes: ["a", "b"],
      count: 300,
      leftOut: Array.from({ length: leftOut }, (_, i) => ({ name: `u${i}`, frames: 1, needed: 2 })),
      trainedParameters: 48492,
      told: [{
        name: "u1",
        labels: ["a", "b"],
        told: ["a"],
        posterior: null,
      }],
      tested: "best",
      checkpoints: { best: checkpoint, last: checkpoint },
    },
    under: [],
    trainSeconds: setting === "A" ? 7.5 : 75,
  };
}
