/** Searches in grids that were trained to their end: what a part of a training would have been told for is known. */
import { type Job, rankTrials, runStudy, type StudyPlan } from "../../lib/search/study.ts";
import { identityOf, type Space, type Values } from "../../lib/search/space.ts";
import { BATCHES, type MadeUpGrid, RATES } from "./learning_curves.ts";

export interface Grid {
  readonly space: Space;
  /** Of each training. */
  readonly epochs: number;
  /** Of the best state up to the end of this epoch: lower is better. */
  score(values: Values, epochs: number): number;
}

/** As `test/bench/search_grid_io.ts` trains it. */
export interface TrainedGrid {
  /** As typed. */
  readonly words: readonly string[];
  readonly space: Space;
  readonly epochs: number;
  /** Validation losses by epoch, of each configuration in the order of {@link listed}. */
  readonly losses: readonly (readonly number[])[];
  /** Standard deviation of the best one's loss from seed to seed: a lower one that is nearer may be so by chance. */
  readonly chance: number;
}

/** How searches of several seeds went. */
export interface Findings {
  /** The share that found the best, or what cannot be told from it. */
  readonly found: number;
  /** The mean share of the epochs of training all to their end, and the most of any. */
  readonly spent: number;
  readonly mostSpent: number;
}

export function trained({ space, epochs, losses }: TrainedGrid): Grid {
  return gridOf(space, epochs, losses);
}

export function madeUp({ losses }: MadeUpGrid): Grid {
  const count = (length: number) => Array.from({ length }, (_, i) => i);
  const space: Space = [
    { key: "rate", domain: { kind: "choice", values: count(RATES) } },
    { key: "batch", domain: { kind: "choice", values: count(BATCHES) } },
  ];
  return gridOf(space, losses[0]!.length, losses);
}

/** All configurations of a space without ranges. */
export function listed(space: Space): Values[] {
  return space.reduce<Values[]>((rows, { key, domain }) => {
    if (domain.kind !== "choice") throw new Error(`A grid has lists of values: found ${key}`);
    return rows.flatMap((row) => domain.values.map((value) => [...row, value]));
  }, [[]]);
}

/** @param tolerance Of the found one's final loss above the lowest: it cannot be told from that. */
export async function searchesIn(
  grid: Grid,
  seeds: number,
  studyOf: (seed: number, grid: Grid) => StudyPlan,
  tolerance: number,
): Promise<Findings> {
  const all = listed(grid.space);
  const best = Math.min(...all.map((values) => grid.score(values, grid.epochs)));
  const spent: number[] = [];
  let found = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const result = await searchIn(grid, studyOf(seed, grid));
    if (grid.score(result.values, grid.epochs) - best <= tolerance) found++;
    spent.push(result.spent / (all.length * grid.epochs));
  }
  const mean = spent.reduce((sum, share) => sum + share, 0) / seeds;
  return { found: found / seeds, spent: mean, mostSpent: Math.max(...spent) };
}

/** @returns What the search takes for the best, and the epochs that it had trained. */
async function searchIn(
  grid: Grid,
  study: StudyPlan,
): Promise<{ readonly values: Values; readonly spent: number }> {
  const { trials, spent } = await runStudy(study, {
    refuse: () => Promise.resolve(undefined),
    train: ({ values, epochs }: Job) => Promise.resolve({ kind: "score", score: grid.score(values, epochs) }),
  });
  return { values: rankTrials(trials, true)[0]!.values, spent };
}

function gridOf(space: Space, epochs: number, losses: readonly (readonly number[])[]): Grid {
  const byIdentity = new Map(listed(space).map((values, i) => [identityOf(values), losses[i]!]));
  return {
    space,
    epochs,
    score: (values, until) => Math.min(...byIdentity.get(identityOf(values))!.slice(0, until)),
  };
}
