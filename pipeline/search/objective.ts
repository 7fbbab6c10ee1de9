/** What a search is after: a column of the table of runs. Pure. */
import { UserError } from "../../lib/base/errors.ts";
import { suggestion } from "../../lib/base/nearest.ts";
import type { FigureColumn } from "../../lib/records/metrics.ts";
import type { TaskKind } from "../../lib/tasks/contract.ts";
import type { Field } from "../runs/fields.ts";

export interface Objective {
  /** As `deno task runs` calls the column. */
  readonly name: string;
  readonly title: string;
  readonly as: FigureColumn["as"];
  readonly lowerIsBetter: boolean;
  /** Whether evaluations on the test split give it, not trainings. */
  readonly ofTest: boolean;
}

/** What a search is after unless it is told: what best states are chosen by, unless that is told. */
export const DEFAULT_OBJECTIVE = "validation_loss";

/** Of the epoch that gave the best state. */
const OF_TRAINING: readonly Omit<Objective, "ofTest">[] = [
  { name: DEFAULT_OBJECTIVE, title: "validation loss", as: "number", lowerIsBetter: true },
  { name: "validation_accuracy", title: "validation accuracy", as: "percent", lowerIsBetter: false },
  { name: "training_loss", title: "training loss", as: "number", lowerIsBetter: true },
  { name: "training_accuracy", title: "training accuracy", as: "percent", lowerIsBetter: false },
];

/**
 * @param conditions Keys of those that runs are tested under besides.
 * @throws {UserError} "usage": there is no such column, or nobody knows which of two of its values is better.
 */
export function objectiveOf(
  name: string,
  { figures }: Pick<TaskKind, "figures">,
  conditions: readonly string[],
): Objective {
  const ofTest = ["", "last.", ...conditions.map((key) => `${key}.`)].flatMap((prefix) =>
    figures.map((column) => ({
      name: prefix + column.name,
      title: `test ${column.title}${prefix === "" ? "" : ` (${prefix.slice(0, -1)})`}`,
      as: column.as,
      lowerIsBetter: column.lowerIsBetter,
      ofTest: true,
    }))
  );
  const known: readonly Objective[] = [...OF_TRAINING.map((one) => ({ ...one, ofTest: false })), ...ofTest];
  const found = known.find((objective) => objective.name === name);
  if (found !== undefined) return found;
  const names = known.map((objective) => objective.name);
  throw new UserError(
    "usage",
    `Cannot search for the best ${name}: wanted one of ${names.join(", ")}.${suggestion(name, names)}`,
  );
}

/** @param fields Of a training or an evaluation. @returns NaN: it has no such figure, or none that is finite. */
export function scoreIn({ name }: Objective, fields: readonly Field[]): number {
  const found = fields.find((field) => field.kind === "metric" && field.name === name)?.value;
  return typeof found === "number" ? found : NaN;
}
