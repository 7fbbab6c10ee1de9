/** `status`, `why` and `graph`: what is fresh, what is stale and for what reasons. They start and write nothing. */
import type { Json } from "../../lib/base/json.ts";
import { openCode } from "../engine/code_io.ts";
import { describeChange, firstReason } from "../engine/explain.ts";
import { matchTasks } from "../engine/match_tasks.ts";
import { dependenciesOf } from "../engine/order.ts";
import { countStates, type Plan } from "../engine/plan.ts";
import { planRun } from "../engine/run.ts";
import type { Store } from "../engine/store_io.ts";
import type { TaskSpec, TaskState } from "../engine/types.ts";
import { drawGraph, type GraphFormat } from "../report/draw_graph.ts";
import { textTable } from "../report/table.ts";
import { count } from "../report/wording.ts";
import type { SweepFlags } from "./declare.ts";
import { expandRequest, graphOf, openProject, openProjectStore, requestOf } from "./project_io.ts";

export interface InspectFlags extends SweepFlags {
  readonly overrides: readonly string[];
  readonly store: string | undefined;
  readonly json: boolean;
}

interface Inspection {
  readonly store: Store;
  readonly plan: Plan;
  /** In topological order. */
  readonly tasks: readonly TaskSpec[];
}

export async function statusCommand(flags: InspectFlags): Promise<number> {
  const { plan, store } = await inspect(flags);
  const rows = [...plan].map(([task, state]) => ({
    task,
    state: state.kind,
    reason: reasonOf(state, store),
  }));
  if (flags.json) {
    for (const row of rows) console.log(JSON.stringify(row));
    return 0;
  }
  console.log(
    textTable(
      [{ title: "state" }, { title: "task" }, { title: "reason" }],
      rows.map((r) => [r.state, r.task, r.reason]),
    ),
  );
  const { fresh, stale, pending } = countStates(plan);
  console.log(`\n${count(fresh, "task")} fresh, ${stale} stale, ${pending} waiting for what is stale.`);
  return 0;
}

export async function whyCommand(flags: InspectFlags & { readonly name: string }): Promise<number> {
  const { plan, tasks, store } = await inspect(flags);
  for (const name of matchTasks([flags.name], tasks)) {
    const state = plan.get(name)!;
    if (flags.json) {
      const changes = state.kind === "fresh" ? [] : state.changes ?? null;
      console.log(JSON.stringify({ task: name, state: state.kind, changes } as unknown as Json));
      continue;
    }
    console.log(`${name}: ${state.kind === "fresh" ? "fresh" : `${state.kind}, ${reasonOf(state, store)}`}`);
    if (state.kind === "fresh") {
      const { receipt } = state;
      console.log(
        `  done ${receipt.startedAt} in ${receipt.seconds} s, key ${
          receipt.key.slice(0, 16)
        }, log ${store.root}/${receipt.log}`,
      );
      continue;
    }
    for (const change of state.changes ?? []) console.log(`  ${describeChange(change)}`);
    const failure = state.kind === "stale" ? store.failure(state.key) : undefined;
    if (failure !== undefined) {
      console.log(`  last attempt failed: ${failure.message}\n  log: ${store.root}/${failure.log}`);
    }
  }
  return 0;
}

export async function graphCommand(flags: InspectFlags & { readonly format: GraphFormat }): Promise<number> {
  const { plan, tasks } = await inspect(flags);
  const drawn = tasks.map((task) => ({
    name: task.name,
    reads: dependenciesOf(task),
    state: plan.get(task.name)!.kind,
  }));
  console.log(
    flags.json ? drawn.map((task) => JSON.stringify(task)).join("\n") : drawGraph(drawn, flags.format),
  );
  return 0;
}

async function inspect(flags: InspectFlags): Promise<Inspection> {
  const project = openProject();
  const request = requestOf(flags);
  const { graph } = await graphOf(project, expandRequest(project, request), request);
  const store = openProjectStore(project, flags.store, (message) => console.error(`warning: ${message}`));
  const plan = await planRun({ graph, store, code: openCode(project.root) });
  const byName = new Map(graph.tasks.map((task) => [task.name, task]));
  return { store, plan, tasks: [...plan.keys()].map((name) => byName.get(name)!) };
}

function reasonOf(state: TaskState, store: Store): string {
  if (state.kind === "fresh") return "";
  const failed = state.kind === "stale" ? store.failure(state.key) : undefined;
  return failed === undefined ? firstReason(state) : `failed: ${failed.message}`;
}
