/** Checks a task graph and brings it into an order in which inputs come first. */
import { suggestion } from "../../lib/base/nearest.ts";
import type { TaskGraph, TaskSpec } from "./types.ts";

const TASK_NAME = /^[\w.,=+@%-]+(?:\/[\w.,=+@%-]+)*$/;
const OUTPUT_NAME = /^[A-Za-z0-9][\w.-]*$/;

/** Names of the tasks whose outputs `spec` reads, each once. */
export function dependenciesOf(spec: TaskSpec): readonly string[] {
  const names = Object.values(spec.inputs).flatMap((source) => source.kind === "task" ? [source.task] : []);
  return [...new Set(names)];
}

/**
 * The tasks in topological order; among those that may come next, the order of the graph (Kahn 1962).
 *
 * @throws {Error} If a name is used twice or unfit for a shell, an input is unknown, or tasks wait for each other in
 * a circle; the message names the tasks. Graphs are built by programs, so these are bugs.
 */
export function orderTasks(graph: TaskGraph): readonly TaskSpec[] {
  const byName = checkNames(graph);
  for (const spec of graph.tasks) checkInputs(spec, byName);
  const missing = new Map(graph.tasks.map((spec) => [spec.name, dependenciesOf(spec).length]));
  const dependents = dependentsOf(graph);
  const ordered: TaskSpec[] = [];
  let ready = graph.tasks.filter((spec) => missing.get(spec.name) === 0);
  while (ready.length > 0) {
    const next = new Set<string>();
    for (const spec of ready) {
      ordered.push(spec);
      for (const name of dependents.get(spec.name) ?? []) {
        const left = missing.get(name)! - 1;
        missing.set(name, left);
        if (left === 0) next.add(name);
      }
    }
    ready = next.size === 0 ? [] : graph.tasks.filter((spec) => next.has(spec.name));
  }
  if (ordered.length < graph.tasks.length) throw new Error(circleMessage(graph, missing));
  return ordered;
}

/** Task name -> names of the tasks that read its outputs, in the order of the graph. */
export function dependentsOf(graph: TaskGraph): ReadonlyMap<string, readonly string[]> {
  const dependents = new Map<string, string[]>(graph.tasks.map((spec) => [spec.name, []]));
  for (const spec of graph.tasks) {
    for (const name of dependenciesOf(spec)) dependents.get(name)?.push(spec.name);
  }
  return dependents;
}

/** Task name -> names of the tasks that had better begin after it: they go on from what it leaves. */
export function followersOf(graph: TaskGraph): ReadonlyMap<string, readonly string[]> {
  const followers = new Map<string, string[]>(graph.tasks.map((spec) => [spec.name, []]));
  for (const { name, goesOn } of graph.tasks) {
    for (const earlier of goesOn?.after ?? []) followers.get(earlier)?.push(name);
  }
  return followers;
}

function checkNames(graph: TaskGraph): ReadonlyMap<string, TaskSpec> {
  const byName = new Map<string, TaskSpec>();
  for (const spec of graph.tasks) {
    if (!TASK_NAME.test(spec.name)) {
      throw new Error(
        `Cannot use ${
          JSON.stringify(spec.name)
        } as a task's name: wanted words joined by "/", each of letters, ` +
          `digits and _ . , = + @ % -`,
      );
    }
    if (byName.has(spec.name)) throw new Error(`The graph has two tasks with the name ${spec.name}`);
    byName.set(spec.name, spec);
    const bad = spec.outputs.find((name) => !OUTPUT_NAME.test(name));
    if (bad !== undefined) {
      throw new Error(
        `Cannot use ${JSON.stringify(bad)} as an output of ${spec.name}: wanted a plain file name`,
      );
    }
  }
  return byName;
}

function checkInputs(spec: TaskSpec, byName: ReadonlyMap<string, TaskSpec>): void {
  for (const [input, source] of Object.entries(spec.inputs)) {
    if (source.kind === "external") continue;
    const producer = byName.get(source.task);
    if (producer === undefined) {
      throw new Error(
        `Input ${input} of task ${spec.name} comes from ${source.task}, which is not in the graph.` +
          suggestion(source.task, byName.keys()),
      );
    }
    if (!producer.outputs.includes(source.output)) {
      throw new Error(
        `Input ${input} of task ${spec.name} is the output ${source.output} of ${source.task}, which writes ` +
          `${producer.outputs.join(", ")}.${suggestion(source.output, producer.outputs)}`,
      );
    }
  }
}

/** Follows unmet inputs until a task comes round again. */
function circleMessage(graph: TaskGraph, missing: ReadonlyMap<string, number>): string {
  const stuck = new Map(
    graph.tasks.filter((spec) => missing.get(spec.name)! > 0).map((spec) => [spec.name, spec]),
  );
  const path: string[] = [];
  let name = stuck.keys().next().value!;
  while (!path.includes(name)) {
    path.push(name);
    name = dependenciesOf(stuck.get(name)!).find((dependency) => stuck.has(dependency))!;
  }
  return `Tasks wait for each other in a circle: ${[...path.slice(path.indexOf(name)), name].join(" <- ")}`;
}
