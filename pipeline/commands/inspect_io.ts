/**
 * `status`, `why` and `graph`: what is fresh, what is stale and for what reasons, and how the jobs of a cluster are.
 * They start nothing.
 */
import type { Json } from "../../lib/base/json.ts";
import { openCode } from "../engine/code/closure_io.ts";
import { describeChange, firstReason } from "../engine/explain.ts";
import { matchTasks } from "../engine/match_tasks.ts";
import { dependenciesOf } from "../engine/order.ts";
import { countStates, type Plan } from "../engine/plan.ts";
import { planRun } from "../engine/run.ts";
import type { Store } from "../engine/store/store_io.ts";
import type { TaskSpec } from "../engine/types.ts";
import { drawGraph, type GraphFormat } from "../report/draw_graph.ts";
import { textTable } from "../report/table.ts";
import { count } from "../report/wording.ts";
import type { SweepFlags } from "./declare.ts";
import { JOB_PHASES } from "../executors/contract.ts";
import { type TaskView, viewTasks } from "./task_states_io.ts";
import {
  type ExecutorFlags,
  executorOf,
  expandRequest,
  graphOf,
  openProject,
  openProjectStore,
  requestOf,
} from "./project_io.ts";

export interface InspectFlags extends SweepFlags, ExecutorFlags {
  readonly store: string | undefined;
  readonly json: boolean;
}

interface Inspection {
  readonly store: Store;
  readonly plan: Plan;
  /** In topological order. */
  readonly tasks: readonly TaskSpec[];
  /** In the same order. */
  readonly views: readonly TaskView[];
}

export async function statusCommand(flags: InspectFlags): Promise<number> {
  const { plan, views } = await inspect(flags);
  if (flags.json) {
    for (const view of views) {
      const { task, state, reason, job } = view;
      console.log(JSON.stringify({ task, state, reason, ...(job === undefined ? {} : { job: job.record }) }));
    }
    return 0;
  }
  console.log(
    textTable(
      [{ title: "state" }, { title: "task" }, { title: "reason" }],
      views.map(({ state, task, reason }) => [state, task, reason]),
    ),
  );
  const { fresh, stale, pending } = countStates(plan);
  const jobs = JOB_PHASES.flatMap((phase) => {
    const number = views.filter(({ state }) => state === phase).length;
    return number === 0 ? [] : [`${number} ${phase}`];
  });
  console.log(
    `\n${count(fresh, "task")} fresh, ${stale} stale, ${pending} waiting for what is stale${
      jobs.length === 0 ? "" : `; of these ${jobs.join(", ")}`
    }.`,
  );
  return 0;
}

export async function whyCommand(flags: InspectFlags & { readonly name: string }): Promise<number> {
  const { views, tasks, store } = await inspect(flags);
  const byName = new Map(views.map((view) => [view.task, view]));
  for (const name of matchTasks([flags.name], tasks)) {
    const { plan: state, job, state: word, reason } = byName.get(name)!;
    if (flags.json) {
      const changes = state.kind === "fresh" ? [] : state.changes ?? null;
      const more = job === undefined ? {} : { job: job.record };
      console.log(JSON.stringify({ task: name, state: state.kind, changes, ...more } as unknown as Json));
      continue;
    }
    if (state.kind === "fresh") {
      const { receipt } = state;
      console.log(`${name}: fresh`);
      console.log(
        `  done ${receipt.startedAt} in ${receipt.seconds} s, key ${
          receipt.key.slice(0, 16)
        }, log ${store.root}/${receipt.log}`,
      );
      continue;
    }
    console.log(`${name}: ${word}, ${reason}`);
    if (word !== state.kind) console.log(`  ${state.kind}: ${firstReason(state)}`);
    for (const change of state.changes ?? []) console.log(`  ${describeChange(change)}`);
    if (job !== undefined) {
      console.log(`  ${job.identity}\n  log: ${job.log}`);
    }
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
  const { graph } = await graphOf(
    project,
    expandRequest(project, request),
    request,
    (await executorOf(project, flags)).gpus,
  );
  const store = openProjectStore(project, flags.store, (message) => console.error(`warning: ${message}`));
  const code = openCode(project.root);
  const plan = await planRun({ graph, store, code });
  const byName = new Map(graph.tasks.map((task) => [task.name, task]));
  return {
    store,
    plan,
    tasks: [...plan.keys()].map((name) => byName.get(name)!),
    views: await viewTasks({ graph, store, code, plan }),
  };
}
