/** What a search tried and decided, as its record has it. Pure. */
import type { SearchRecord } from "../../lib/records/search.ts";
import { rankTrials, type StudyResult } from "../../lib/search/study.ts";
import type { Values } from "../../lib/search/space.ts";
import type { SearchPlan } from "./plan.ts";

export interface RecordFacts {
  readonly title: string;
  /** By number of the trial. */
  readonly runs: ReadonlyMap<number, string>;
  /** What to type to run a configuration. */
  readonly commandOf: (values: Values) => string;
}

export function recordOf(
  { study, objective }: SearchPlan,
  { trials, decisions, spent, ended }: StudyResult,
  { title, runs, commandOf }: RecordFacts,
): SearchRecord {
  const best = rankTrials(trials, study.lowerIsBetter).find(({ failure }) => failure === null);
  const { space, sampler, seed, budget, rungs, reduction, parallel } = study;
  return {
    title,
    objective,
    space: space.map(({ key, domain }) => ({
      key,
      domain: domain.kind === "choice" ? { ...domain, values: [...domain.values] } : domain,
    })) as SearchRecord["space"],
    sampler,
    seed,
    wanted: study.trials,
    budget: Number.isFinite(budget) ? budget : null,
    rungs: [...rungs],
    reduction,
    parallel,
    spent,
    ended,
    trials: trials.map(({ number, values, scores, failure }) => ({
      number,
      values: [...values] as SearchRecord["trials"][number]["values"],
      run: runs.get(number) ?? null,
      scores,
      failure,
    })),
    decisions: decisions.map(({ why, trial, epochs, cost }) => ({ why, trial, epochs, cost })),
    best: best?.number ?? null,
    command: best === undefined ? null : commandOf(best.values),
  };
}
