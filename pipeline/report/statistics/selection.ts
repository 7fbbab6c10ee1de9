/** Which runs a report looks into. Pure; decided before anything has run. */
import { otherWords } from "../text/wording.ts";
import type { RunDescription } from "../../../lib/records/results.ts";

/** Runs with the same front-end and model, whatever of it is trained. */
export function groupOf(
  { frontend, model, other }: Pick<RunDescription, "frontend" | "model" | "other">,
): string {
  return [model, frontend, ...otherWords(other)].join(", ");
}

/** More would be more than anybody looks at. */
const MOST_LOOKED_INTO = 4;
/** With everything trained there is most to see; behind these come lists that no setting stands for. */
const ORDER = ["D", "B", "C"];
const NOTHING_TRAINED = "A";

/** Whether this is the letter of a setting, in the place of a list of parts. */
export function isSetting(name: string): boolean {
  return name === NOTHING_TRAINED || ORDER.includes(name);
}

/**
 * Trainings whose front-end is drawn: of each group, at its largest `bands` and first seed, the run of setting D,
 * then those of B and C, then of other lists, until there are enough.
 */
export function lookedInto<Run extends RunDescription>(runs: readonly Run[]): Run[] {
  const groups = [...Map.groupBy(runs, groupOf).values()].map(typical);
  const lists = runs.map(({ setting }) => setting).filter((name) => !isSetting(name));
  return [...ORDER, ...new Set(lists)]
    .flatMap((setting) => groups.flatMap((group) => group.filter((run) => run.setting === setting)))
    .slice(0, MOST_LOOKED_INTO);
}

/** Of one group, the runs with the most bands and, of those, the first seed. */
export function typical<Run extends RunDescription>(runs: readonly Run[]): Run[] {
  const most = Math.max(...runs.map(({ bands }) => bands));
  const widest = runs.filter(({ bands }) => bands === most);
  return widest.filter(({ seed }) => seed === widest[0]!.seed);
}
