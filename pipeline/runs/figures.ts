/** How figures of runs are titled and shown, as their tasks say it. */
import { kindNames, loadKind } from "../../lib/base/kinds.ts";
import type { FigureColumn } from "../../lib/records/metrics.ts";
import { TASKS } from "../../lib/tasks/kinds.ts";

type Shown = Pick<FigureColumn, "title" | "as">;

export interface RunFigures {
  /** Names of fields shown unless others are asked for. */
  readonly shown: readonly string[];
  /** By name of the field. */
  readonly columns: ReadonlyMap<string, Shown>;
}

/** Of each task, a table has room for the most important. */
const SHOWN = 2;

export async function runFigures(): Promise<RunFigures> {
  const kinds = await Promise.all(kindNames(TASKS).map((name) => loadKind(TASKS, name, "task")));
  const figures = kinds.flatMap((kind) => kind.figures);
  const rates = ["training", "validation"].map((split): [string, Shown] => [
    `${split}_accuracy`,
    { title: `${split} accuracy`, as: "percent" },
  ]);
  return {
    shown: [
      ...["id", "run", "trainer.epochs"],
      ...kinds.flatMap((kind) => kind.figures.slice(0, SHOWN).map(({ name }) => name)),
      ...["train_seconds", "started_at"],
    ],
    columns: new Map([
      ...figures.flatMap(({ name, title, as }): [string, Shown][] => [
        [name, { title, as }],
        [`last.${name}`, { title: `last ${title}`, as }],
      ]),
      ...rates,
    ]),
  };
}
