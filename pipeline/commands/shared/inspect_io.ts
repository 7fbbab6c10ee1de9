/** What is fresh, what is stale and for what reasons, and how jobs are: starts nothing. */
import { openCode } from "../../engine/code/closure_io.ts";
import type { Plan } from "../../engine/plan.ts";
import { planRun } from "../../engine/run.ts";
import type { Store } from "../../engine/store/store_io.ts";
import type { TaskSpec } from "../../engine/types.ts";
import type { ExecutorFlags, LocationFlags, SweepFlags } from "./flags.ts";
import { openProject } from "./project_io.ts";
import { openProjectStore } from "./project_store_io.ts";
import { sharingOf } from "./sharing_io.ts";
import { requestOf } from "./request.ts";
import { commandAgain, executorOf, expandRequest, graphOf } from "./request_io.ts";
import { type TaskView, viewTasks } from "./task_views_io.ts";

export interface Inspection {
  readonly store: Store;
  readonly plan: Plan;
  /** In topological order. */
  readonly tasks: readonly TaskSpec[];
  /** In the same order. */
  readonly views: readonly TaskView[];
  /** That would run them. */
  readonly command: string;
}

export async function inspect(
  flags: SweepFlags & ExecutorFlags & LocationFlags,
): Promise<Inspection> {
  const project = openProject();
  const request = requestOf(flags);
  const { graph } = await graphOf(
    project,
    await expandRequest(project, request),
    request,
    (await executorOf(project, flags)).gpus,
  );
  const shared = await sharingOf(project, flags.overrides, false);
  const store = openProjectStore(project, flags.store, "look", shared.cache);
  const code = openCode(project.root, store.statCache);
  const plan = await planRun({ graph, store, code });
  const byName = new Map(graph.tasks.map((task) => [task.name, task]));
  return {
    store,
    plan,
    tasks: [...plan.keys()].map((name) => byName.get(name)!),
    views: await viewTasks({ graph, store, code, plan }),
    command: commandAgain(request),
  };
}
