/** The graphs of a search: trainings to a rung, and what shows all of them. They share everything with other runs. */
import type { BackendName } from "../../lib/backend/backend_io.ts";
import { toFile } from "../../lib/base/record.ts";
import { conditionKey } from "../../lib/records/condition.ts";
import { type SearchRecord, searchSchema } from "../../lib/records/search.ts";
import type { Point } from "../config/sweep.ts";
import { dependenciesOf } from "../engine/order.ts";
import type { InputSource, TaskGraph } from "../engine/types.ts";
import { GraphBuilder, output } from "./builder.ts";
import type { DataOptions } from "./data.ts";
import { planNetwork } from "./network.ts";
import { nameRun } from "./run_names.ts";
import { addTraining } from "./training.ts";
import { tensorWork } from "./work.ts";

export type SearchGraphOptions = DataOptions & { readonly autoBackend: BackendName };

/** A training to a rung. */
export interface RungTask {
  readonly run: string;
  /** Names of tasks. */
  readonly train: string;
  /** Writes `metrics.json` where the objective is of the test split; absent: {@link train} knows the score. */
  readonly evaluate?: string;
}

/** Trainings of one point each, to the rung that the point says. */
export interface RungGraph {
  readonly graph: TaskGraph;
  /** In the order of the points. */
  readonly tasks: readonly RungTask[];
}

/**
 * @param axes Keys that the search varies. @param tested What is to be tested besides training: nothing, recordings as
 * they are (""), or a condition's key.
 */
export async function rungGraph(
  points: readonly Point[],
  axes: readonly string[],
  tested: string | undefined,
  options: SearchGraphOptions,
): Promise<RungGraph> {
  const builder = new GraphBuilder();
  const tasks = await addRungs(builder, points, axes, tested, options);
  return { graph: neededBy(builder.graph(), tasks.map(targetOf)), tasks };
}

/** The task to bring up to date for a rung. */
export function targetOf({ train, evaluate }: RungTask): string {
  return evaluate ?? train;
}

/** Tasks that no other trial has. */
export function ownOf({ train, evaluate }: RungTask): string[] {
  return evaluate === undefined ? [train] : [train, evaluate];
}

/** @property search Name of the task that writes `search.json`, `trials.csv` and the folder `figures`. */
export interface SearchGraph {
  readonly graph: TaskGraph;
  readonly search: string;
  /** Names of the trainings' tasks, in the order of the points. */
  readonly trainings: readonly string[];
}

/**
 * @param points The furthest training of each trial that has a score, with its number.
 * @param name Of the `search` task after its stage.
 */
export async function searchGraph(
  name: string,
  record: SearchRecord,
  points: readonly (readonly [trial: number, point: Point])[],
  options: SearchGraphOptions,
): Promise<SearchGraph> {
  const builder = new GraphBuilder();
  const axes = record.space.map(({ key }) => key);
  const tasks = await addRungs(builder, points.map(([, point]) => point), axes, undefined, options);
  const histories: Record<string, InputSource> = Object.fromEntries(
    points.map(([trial], i) => [`history:${trial}`, output(tasks[i]!.train, "history.json")]),
  );
  const search = builder.add({
    name: `search/${name}`,
    stage: "search",
    slice: toFile(searchSchema, record),
    inputs: histories,
    outputs: ["search.json", "trials.csv", "figures"],
  });
  return { graph: neededBy(builder.graph(), [search]), search, trainings: tasks.map(({ train }) => train) };
}

async function addRungs(
  builder: GraphBuilder,
  points: readonly Point[],
  axes: readonly string[],
  tested: string | undefined,
  options: SearchGraphOptions,
): Promise<RungTask[]> {
  const tasks: RungTask[] = [];
  for (const point of points) {
    const named = nameRun(point, { axes, points: [point] });
    const planned = await planNetwork(point);
    const work = tensorWork(point.config, options.autoBackend);
    const { train, evaluate, conditions } = addTraining(builder, named, planned, work, options);
    const under = tested === "" || tested === undefined
      ? evaluate
      : conditions.find(({ condition }) => conditionKey(condition) === tested)!.evaluate;
    tasks.push({ run: named.description.run, train, ...(tested === undefined ? {} : { evaluate: under }) });
  }
  return tasks;
}

/** These tasks and all that they build on. */
export function neededBy({ tasks }: TaskGraph, names: readonly string[]): TaskGraph {
  const byName = new Map(tasks.map((spec) => [spec.name, spec]));
  const needed = new Set<string>();
  const visit = (name: string) => {
    if (needed.has(name)) return;
    needed.add(name);
    dependenciesOf(byName.get(name)!).forEach(visit);
  };
  names.forEach(visit);
  return { tasks: tasks.filter(({ name }) => needed.has(name)) };
}
