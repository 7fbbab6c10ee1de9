/** Runs a graph on a cluster: Slurm decides when a task runs, its jobs decide what still has to be done. */
import { UserError } from "../../../lib/base/errors.ts";
import type { ExecutionRequest, Executor } from "../../engine/executor.ts";
import { countStates } from "../../engine/plan.ts";
import { elsewhereIn } from "../../engine/elsewhere.ts";
import { planToRun } from "../../engine/run.ts";
import type { RunSummary } from "../../engine/types.ts";
import type { OpenExecutor, Placement } from "../contract.ts";
import { slurmClient } from "./client_io.ts";
import { type Ending, followJobs } from "./follow_io.ts";
import type { SlurmSettings } from "./settings.ts";
import { reportFresh, submitTasks } from "./submit_io.ts";

export interface SlurmExecutorOptions {
  /** Folder of `deno.json` and `deno.lock`. */
  readonly projectRoot: string;
  readonly settings: SlurmSettings;
  /** Return when everything is submitted. */
  readonly detach: boolean;
  /** Most elements of an array at a time. */
  readonly most?: number | undefined;
  /** Runs before jobs are submitted; brings in the npm packages unless another is given. */
  readonly prepare?: (lock?: string) => Promise<void>;
}

/** @throws {UserError} "usage": flags that mean nothing on a cluster. */
export function openSlurm(settings: SlurmSettings, placement: Placement): OpenExecutor {
  const { projectRoot, detach, jobs: most, threads, failFast } = placement;
  if (threads !== undefined) {
    throw new UserError(
      "usage",
      "Cannot use --threads on a cluster: executor.cpus says how many a job gets.",
    );
  }
  if (detach && failFast) {
    throw new UserError("usage", "Cannot both --detach and --fail-fast: nobody is there to see a failure.");
  }
  return { room: null, ...slurmExecutor({ projectRoot, settings, detach, most }) };
}

export function slurmExecutor(options: SlurmExecutorOptions): Executor {
  return { execute: (request) => executeOnSlurm(request, options) };
}

async function executeOnSlurm(request: ExecutionRequest, options: SlurmExecutorOptions): Promise<RunSummary> {
  const begun = performance.now();
  const { graph } = request;
  const onEvent = request.onEvent ?? (() => {});
  // Jobs see this store, and no cache elsewhere.
  const plan = await planToRun(request, { inputs: true });
  request.onPlanned?.(plan);
  onEvent({ type: "planned", total: plan.size, ...countStates(plan) });
  for (const [task, state] of plan) {
    if (state.kind === "fresh") reportFresh(request, task, state.key);
  }
  const elsewhere = await elsewhereIn(plan, request);
  if (elsewhere !== undefined) onEvent({ type: "made-elsewhere", ...elsewhere });
  const signal = request.signal ?? new AbortController().signal;
  const client = slurmClient({ signal });
  const jobs = await submitTasks({
    request,
    plan,
    client,
    projectRoot: options.projectRoot,
    settings: options.settings,
    most: options.most,
    ...(options.prepare === undefined ? {} : { prepare: options.prepare }),
  });
  request.store.uses.planned();
  const open = jobs ?? [];
  const endings = options.detach ? new Map<string, Ending>() : await followJobs({
    graph,
    jobs: open,
    client,
    pollSeconds: options.settings.pollSeconds,
    failFast: request.failFast ?? false,
    onEvent,
    signal,
  });
  const { fresh } = countStates(plan);
  const counts: Record<Ending, number> = {
    fresh: jobs === undefined ? fresh : plan.size - open.length,
    ran: 0,
    failed: 0,
    blocked: 0,
    cancelled: jobs === undefined ? plan.size - fresh : 0,
  };
  for (const ending of endings.values()) counts[ending]++;
  const queued = open.length - endings.size;
  const seconds = Math.round(performance.now() - begun) / 1000;
  const summary: RunSummary = { ...counts, ...(queued === 0 ? {} : { queued }), seconds };
  onEvent({ type: "finished", summary });
  return summary;
}
