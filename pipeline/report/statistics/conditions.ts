/** Scores and gains under each condition that runs were tested under, and of recordings as they are. Pure. */
import { conditionKey, conditionTitle } from "../../../lib/records/condition.ts";
import type { ResultRow, Results } from "../../../lib/records/results.ts";
import { correctedCells, type ScoreCell, scoreCells } from "./gains.ts";
import type { OutcomesByRun } from "./outcomes.ts";

/** What recordings as they are are called beside the others. */
const CLEAN = "clean";

export interface UnderCondition {
  /** `clean`, `20 dB` */
  readonly title: string;
  readonly cells: readonly ScoreCell[];
}

/** Outcomes by the condition's key, of each run that was tested under it. */
export type OutcomesUnder = ReadonlyMap<string, OutcomesByRun>;

/**
 * Recordings as they are come first.
 * @returns Nothing where no run was tested under any condition.
 */
export function cellsUnder(
  { rows, conditions }: Pick<Results, "rows" | "conditions">,
  clean: readonly ScoreCell[],
  outcomes: OutcomesUnder,
): UnderCondition[] {
  if (conditions.length === 0) return [];
  return correctedTogether([
    { title: CLEAN, cells: clean },
    ...conditions.map((condition, i) => ({
      title: conditionTitle(condition),
      cells: scoreCells(rowsUnder(rows, i), outcomes.get(conditionKey(condition)) ?? new Map()),
    })),
  ]);
}

/** One table has the gains under all conditions: they count as so many comparisons. */
function correctedTogether(all: readonly UnderCondition[]): UnderCondition[] {
  const cells = correctedCells(all.flatMap(({ cells }) => cells));
  let at = 0;
  return all.map((one) => ({ ...one, cells: cells.slice(at, at += one.cells.length) }));
}

function rowsUnder(rows: readonly ResultRow[], i: number): ResultRow[] {
  return rows.flatMap((row) => {
    const under = row.conditions[i] ?? null;
    return under === null ? [] : [{ ...row, ...under }];
  });
}
