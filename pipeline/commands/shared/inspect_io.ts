/** What is fresh, what is stale and for what reasons, and how jobs are: starts nothing. */
import { openCode } from "../../engine/code/closure_io.ts";
import { UserError } from "../../../lib/base/errors.ts";
import type { Plan } from "../../engine/plan.ts";
import { planRun } from "../../engine/run.ts";
import type { Store } from "../../engine/store/store_io.ts";
import type { TaskSpec } from "../../engine/types.ts";
import type { ExecutorFlags, LocationFlags, SweepFlags } from "./flags.ts";
import { openProject } from "./project_io.ts";
import { openProjectStore } from "./project_store_io.ts";
import { sharingOf } from "./sharing_io.ts";
import { comparisonOf, type Request, requestOf } from "./request.ts";
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

/** Of lists the sweep, unless only the table that `kws` or `asr` makes of the same words is there. */
export async function inspect(
  flags: SweepFlags & ExecutorFlags & LocationFlags,
): Promise<Inspection> {
  const project = openProject();
  const request = requestOf(flags);
  const { gpus } = await executorOf(project, flags);
  const graphFor = async (request: Request) => ({
    request,
    ...await graphOf(project, await expandRequest(project, request), request, gpus),
  });
  const wanted = await graphFor(request);
  const shared = await sharingOf(project, flags.overrides, false);
  const store = openProjectStore(project, flags.store, "look", shared.cache);
  const code = openCode(project.root, store.statCache);
  const look = async ({ request, graph, aggregate }: Awaited<ReturnType<typeof graphFor>>) => {
    const plan = await planRun({ graph, store, code });
    return { request, graph, plan, isMade: plan.get(aggregate)!.kind === "fresh" };
  };
  const asked = await look(wanted);
  const compared = comparisonOf(request);
  const other = compared === undefined || asked.isMade
    ? undefined
    : await graphFor(compared).then(look).catch(notMade);
  const { graph, plan, request: shown } = other?.isMade === true ? other : asked;
  const byName = new Map(graph.tasks.map((task) => [task.name, task]));
  return {
    store,
    plan,
    tasks: [...plan.keys()].map((name) => byName.get(name)!),
    views: await viewTasks({ graph, store, code, plan }),
    command: commandAgain(shown),
  };
}

/** What one command takes, the other may refuse: then that has made nothing of it. */
function notMade(error: unknown): undefined {
  if (!(error instanceof UserError)) throw error;
}
