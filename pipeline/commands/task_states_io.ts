/** How each task of a graph is: what planning says, and what its job or its process says while it is not done. */
import { UserError } from "../../lib/base/errors.ts";
import type { CodeReader } from "../engine/code/closure_io.ts";
import { firstReason } from "../engine/explain.ts";
import type { Plan } from "../engine/plan.ts";
import type { Store } from "../engine/store/store_io.ts";
import type { TaskGraph, TaskState } from "../engine/types.ts";
import type { JobPhase } from "../executors/slurm/queue.ts";
import type { TaskJobState } from "../executors/slurm/task_jobs_io.ts";

export interface TaskView {
  readonly task: string;
  readonly plan: TaskState;
  /** What people call it: `fresh`, `stale`, `pending`, or how its job is. */
  readonly state: TaskState["kind"] | JobPhase;
  readonly reason: string;
  /** Its last job, if it is not done and was ever submitted as it is now. */
  readonly job?: TaskJobState;
}

/** In the order of the plan. */
export async function viewTasks(
  { graph, store, code, plan }: {
    readonly graph: TaskGraph;
    readonly store: Store;
    readonly code: CodeReader;
    readonly plan: Plan;
  },
): Promise<readonly TaskView[]> {
  const open = [...plan.values()].some((state) => state.kind !== "fresh");
  const jobs = open ? await jobsOf(graph, store, code) : new Map<string, TaskJobState>();
  const views: TaskView[] = [];
  for (const [task, state] of plan) {
    const job = state.kind === "fresh" ? undefined : jobs.get(task);
    views.push({ task, plan: state, ...(await describe(state, store, job)) });
  }
  return views;
}

async function describe(
  state: TaskState,
  store: Store,
  job: TaskJobState | undefined,
): Promise<Omit<TaskView, "task" | "plan">> {
  if (state.kind === "fresh") return { state: "fresh", reason: "" };
  const failure = state.kind === "stale" ? store.failure(state.key) : undefined;
  if (job !== undefined && job.view.phase !== "completed") {
    const { describeEnd } = await import("../executors/slurm/job_ending.ts");
    const { lastWords } = await import("../executors/slurm/job_events_io.ts");
    const { isOpen } = await import("../executors/slurm/task_jobs_io.ts");
    const { phase } = job.view;
    const words = lastWords(job.submission.folder, job.taskJob.task);
    const failed = phase === "failed" ? failure?.message ?? words.failure : undefined;
    const far = words.progress === undefined || !isOpen(phase)
      ? ""
      : phase === "running"
      ? `, ${words.progress}`
      : `; goes on after ${words.progress}`;
    const reason = failed ?? `job ${job.view.job} ${describeEnd(job.view)}${far}`;
    return { state: phase, reason, job };
  }
  const owner = state.kind === "stale" ? store.lockOwner(state.key) : undefined;
  if (owner !== undefined) return { state: "running", reason: owner };
  return {
    state: state.kind,
    reason: failure === undefined ? firstReason(state) : `failed: ${failure.message}`,
  };
}

/** Task -> its last job. Slurm is asked only if something was ever submitted from this store. */
async function jobsOf(
  graph: TaskGraph,
  store: Store,
  code: CodeReader,
): Promise<ReadonlyMap<string, TaskJobState>> {
  const { hasSubmissions, readTaskJobs } = await import("../executors/slurm/task_jobs_io.ts");
  if (!hasSubmissions(store)) return new Map();
  const { slurmClient } = await import("../executors/slurm/client_io.ts");
  const { graphRecipes } = await import("../executors/slurm/graph_recipes_io.ts");
  const recipes = await graphRecipes(graph, store, code);
  try {
    const jobs = await readTaskJobs(store, slurmClient);
    return new Map([...recipes].flatMap(([task, recipe]) => {
      const job = jobs.get(recipe);
      return job === undefined ? [] : [[task, job] as const];
    }));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`warning: How jobs are is not known. ${error.message}`);
    return new Map();
  }
}
