/** Who brings a graph up to date: the scheduler of this machine, or a cluster's. No logic. */
import type { EnvironmentLookup } from "./elsewhere.ts";
import type { CodeReader } from "./code/closure_io.ts";
import type { Plan } from "./plan.ts";
import type { Store } from "./store/store_io.ts";
import type { RunEvent, RunSummary, TaskGraph } from "./types.ts";

export interface PlanOptions {
  readonly graph: TaskGraph;
  readonly store: Store;
  readonly code: CodeReader;
  /** Tasks to run although they are fresh: names, stages, or names with `*`. */
  readonly force?: readonly string[];
  /** What this machine is; without, nobody asks where results were made. */
  readonly here?: EnvironmentLookup;
}

export interface ExecutionRequest extends PlanOptions {
  /** Tasks whose results are to be here, besides those that no other task reads; others may stay in a shared cache. */
  readonly wanted?: readonly string[];
  /**
   * Of these whatever was changed in the store is made again, as of what a task reads that runs: in the end somebody reads
   * all of it. They are wanted, too.
   */
  readonly read?: readonly string[];
  /** Stop everything at the first failure. */
  readonly failFast?: boolean;
  readonly onEvent?: (event: RunEvent) => void;
  /** Hears what is fresh and what is to run, before anything does. */
  readonly onPlanned?: (plan: Plan) => void;
  /** Aborted: running tasks are stopped and nothing more is started. */
  readonly signal?: AbortSignal;
}

export interface Executor {
  /**
   * Runs what is stale. A task that fails is an event and a count, not an exception.
   *
   * @throws {UserError} If a pattern of `force` matches nothing or an external input is missing.
   */
  execute(request: ExecutionRequest): Promise<RunSummary>;
}
