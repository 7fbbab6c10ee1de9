/** How often something is timed, and what is said of the times. Pure: clocks are arguments. */

/** When to stop timing. */
export interface Sampling {
  /** Runs before the first that counts: code is compiled and memory is touched. */
  readonly warmups: number;
  readonly least: number;
  readonly most: number;
  /** After this time no further runs are added to the least. */
  readonly budgetMs: number;
}

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

/** Runs something a number of times. @returns Milliseconds of each run. */
export type Runner = (runs: number) => Promise<readonly number[]>;

/** A round of a short run is repeated until it takes this long, so that taking turns costs little. */
const ROUND_MS = 60;

/** @param clock Milliseconds from any origin. @param before Is called before each run, and not timed. */
export async function timeRuns(
  work: () => unknown,
  runs: number,
  clock: () => number,
  before: () => unknown = () => {},
): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    await before();
    const start = clock();
    await work();
    times.push(clock() - start);
  }
  return times;
}

/**
 * Times several runners in turn, one round of each after the other, so that whatever else the machine does falls on
 * all of them. The budget is for each of them.
 *
 * @returns Milliseconds of each counted run, for each runner.
 */
export async function timeInTurn(
  runners: readonly Runner[],
  sampling: Sampling,
): Promise<readonly (readonly number[])[]> {
  const perRound: number[] = [];
  for (const run of runners) {
    const warm = await run(Math.max(1, sampling.warmups));
    perRound.push(Math.max(1, Math.min(Math.floor(ROUND_MS / Math.min(...warm)), sampling.least)));
  }
  const times: number[][] = runners.map(() => []);
  const wantsMore = (taken: readonly number[]) =>
    taken.length < sampling.least || (taken.length < sampling.most && sum(taken) < sampling.budgetMs);
  while (times.some(wantsMore)) {
    for (const [i, run] of runners.entries()) times[i]!.push(...await run(perRound[i]!));
  }
  return times;
}

/** @throws {RangeError} If there are no values. */
export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) throw new RangeError("Cannot summarize no values");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)!, runs: sorted.length };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
