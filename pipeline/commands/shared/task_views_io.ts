/** How each task of a graph is: what planning says, and what executors and the store know of it while it is not done. */
import { UserError } from "../../../lib/base/errors.ts";
import type { CodeReader } from "../../engine/code/closure_io.ts";
import { firstReason } from "../../engine/explain.ts";
import type { Plan } from "../../engine/plan.ts";
import type { Store } from "../../engine/store/store_io.ts";
import type { TaskGraph, TaskState } from "../../engine/types.ts";
import type { JobPhase, JobStatus } from "../../executors/contract.ts";
import { jobsOfStore } from "../../executors/store_jobs.ts";
import { tell } from "../../reporters/print_io.ts";

export interface TaskView {
  readonly task: string;
  readonly plan: TaskState;
  /** What people call it: `fresh`, `stale`, `pending`, or how its job is. */
  readonly state: TaskState["kind"] | JobPhase;
  readonly reason: string;
  /** Its last job, if it is not done and was ever left to an executor as it is now. */
  readonly job?: JobStatus;
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
  const jobs = open ? await statusOf(graph, store, code) : new Map<string, JobStatus>();
  return [...plan].map(([task, state]) => ({ task, plan: state, ...describe(state, store, jobs.get(task)) }));
}

function describe(
  state: TaskState,
  store: Store,
  job: JobStatus | undefined,
): Omit<TaskView, "task" | "plan"> {
  if (state.kind === "fresh") return { state: "fresh", reason: "" };
  const failure = state.kind === "stale" ? store.failure(state.key) : undefined;
  if (job !== undefined) {
    const failed = job.phase === "failed" ? failure?.message : undefined;
    return { state: job.phase, reason: failed ?? job.words, job };
  }
  const lock = state.kind === "stale" ? store.lockView(state.key) : undefined;
  if (lock?.working === true) return { state: "running", reason: lock.owner };
  const why = failure === undefined ? firstReason(state) : `failed: ${failure.message}`;
  return {
    state: state.kind,
    reason: lock === undefined ? why : `${why}; begun by ${lock.owner}: the next run takes over`,
  };
}

/** Task -> its last job. */
async function statusOf(
  graph: TaskGraph,
  store: Store,
  code: CodeReader,
): Promise<ReadonlyMap<string, JobStatus>> {
  const all = new Map<string, JobStatus>();
  for (const jobs of await jobsOfStore(store)) {
    try {
      for (const [task, status] of await jobs.status(graph, code)) all.set(task, status);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      tell(`warning: How jobs are is not known. ${error.message}`);
    }
  }
  return all;
}
