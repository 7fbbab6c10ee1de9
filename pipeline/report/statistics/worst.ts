/** Which examples a network did worst on. Pure. */
import type { PredictedExample } from "../../../lib/records/predictions.ts";
import type { RunDescription } from "../../../lib/records/results.ts";
import { groupOf, lookedInto, typical } from "./selection.ts";

/** What of an example counts. */
type Told = Pick<PredictedExample, "name" | "score" | "of" | "loss">;

/** How wrong it is: from 0, which is right; of one label 1. */
export function badness({ score, of }: Pick<Told, "score" | "of">, lowerIsBetter: boolean): number {
  if (of === 0) return lowerIsBetter ? score : 0; // nothing was to be told
  return lowerIsBetter ? score / of : 1 - score / of;
}

/** The wrongest first, of those that are as wrong the ones whose labels got the least probability. */
export function worstFirst<Example extends Told>(
  examples: readonly Example[],
  lowerIsBetter: boolean,
): Example[] {
  return examples.toSorted((a, b) =>
    badness(b, lowerIsBetter) - badness(a, lowerIsBetter) || b.loss - a.loss || (a.name < b.name ? -1 : 1)
  );
}

/** The run whose errors a report lists: the first that it looks into, else the first of all. */
export function listenedTo<Run extends RunDescription>(runs: readonly Run[]): Run {
  const first = groupOf(runs[0]!);
  return lookedInto(runs)[0] ?? typical(runs.filter((run) => groupOf(run) === first))[0]!;
}
