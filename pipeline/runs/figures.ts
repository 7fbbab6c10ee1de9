/** How figures of runs are titled and shown, as their tasks say it. */
import { kindNames, loadKind } from "../../lib/base/kinds.ts";
import type { FigureColumn } from "../../lib/records/metrics.ts";
import { TASKS } from "../../lib/tasks/kinds.ts";
import { STOPPED, STREAM } from "./fields.ts";

type Shown = Pick<FigureColumn, "title" | "as">;

export interface RunFigures {
  /** Names of fields shown unless others are asked for. */
  readonly shown: readonly string[];
  /** By name of the field. */
  readonly columns: ReadonlyMap<string, Shown>;
}

/** Of each task, a table has room for the most important. */
const SHOWN = 2;

/** Of streams, as far as there are any: what the operating point does. */
const STREAM_COLUMNS: readonly (readonly [field: string, Shown])[] = [
  [`${STREAM}.misses`, { title: "stream misses", as: "percent" }],
  [`${STREAM}.alarms_per_hour`, { title: "alarms an hour", as: "number" }],
];

/** Before the figures of the last state, where those of conditions have the condition. */
const LAST = "last";

/** @param names Of all fields that runs have: conditions, under which some were tested, are among them. */
export async function runFigures(names: readonly string[] = []): Promise<RunFigures> {
  const kinds = await Promise.all(kindNames(TASKS).map((name) => loadKind(TASKS, name, "task")));
  const figures = kinds.flatMap((kind) => kind.figures);
  const rates = ["training", "validation"].map((split): [string, Shown] => [
    `${split}_accuracy`,
    { title: `${split} accuracy`, as: "percent" },
  ]);
  const under = names.flatMap((field) =>
    figures.filter(({ name }) => field.endsWith(`.${name}`) && field !== `${LAST}.${name}`)
      .map((figure) => ({ field, figure, condition: field.slice(0, -figure.name.length - 1) }))
  );
  const scores = kinds.map((kind) => kind.figures[0]);
  const streams = STREAM_COLUMNS.filter(([field]) => names.includes(field));
  return {
    shown: [
      ...["id", "run", "trainer.epochs", STOPPED],
      ...kinds.flatMap((kind) => kind.figures.slice(0, SHOWN).map(({ name }) => name)),
      ...under.filter(({ figure }) => scores.includes(figure)).map(({ field }) => field),
      ...streams.map(([field]) => field),
      ...["train_seconds", "started_at"],
    ],
    columns: new Map([
      ...figures.flatMap(({ name, title, as }): [string, Shown][] => [
        [name, { title, as }],
        [`${LAST}.${name}`, { title: `last ${title}`, as }],
      ]),
      ...under.map(({ field, figure: { title, as }, condition }): [string, Shown] => [
        field,
        { title: `${title} ${condition}`, as },
      ]),
      ...rates,
      ...streams,
    ]),
  };
}
