/** Runs a graph on a cluster: Slurm decides when a task runs, its jobs decide what still has to be done. */
import { UserError } from "../../../lib/base/errors.ts";
import type { ExecutionRequest, Executor } from "../../engine/executor.ts";
import { countStates } from "../../engine/plan.ts";
import { elsewhereIn } from "../../engine/elsewhere.ts";
import { planToRun } from "../../engine/run.ts";
import type { RunSummary } from "../../engine/types.ts";
import type { OpenExecutor, Placement } from "../contract.ts";
import { slurmClient } from "./client_io.ts";
import type { Ending } from "./ending.ts";
import { followJobs } from "./follow_io.ts";
import type { SlurmSettings } from "./settings.ts";
import { checkSetup } from "./setup_check_io.ts";
import { SharedPolls } from "./shared_polls_io.ts";
import { beginSubmission, reportFresh, type Submitter } from "./submit_io.ts";

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

/** @throws {UserError} "usage": flags that mean nothing on a cluster. "bad-config": setup that bash cannot read. */
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
  checkSetup(settings.setup);
  return { room: null, ...slurmExecutor({ projectRoot, settings, detach, most }) };
}

export function slurmExecutor(options: SlurmExecutorOptions): Executor {
  const polls = new SharedPolls({
    everySeconds: options.settings.pollSeconds,
    client: (signal) => slurmClient({ signal }),
  });
  const shared = { polls, told: new Set<string>() };
  return { execute: (request) => executeOnSlurm(request, options, shared) };
}

/** What executions that go on at the same time have in common. */
interface Shared {
  readonly polls: SharedPolls;
  /** What was told of single jobs. */
  readonly told: Set<string>;
}

async function executeOnSlurm(
  request: ExecutionRequest,
  options: SlurmExecutorOptions,
  { polls, told }: Shared,
): Promise<RunSummary> {
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
  const submitter = await beginSubmission({
    request,
    plan,
    client,
    projectRoot: options.projectRoot,
    settings: options.settings,
    most: options.most,
    told,
    ...(options.prepare === undefined ? {} : { prepare: options.prepare }),
  });
  request.store.uses.planned();
  if (options.detach && submitter !== undefined) checkAll(submitter);
  const endings = options.detach || submitter === undefined ? new Map<string, Ending>() : await followJobs({
    graph,
    jobs: submitter.open,
    rest: submitter,
    client: { ...client, query: (jobs) => polls.query(jobs, signal) },
    pollSeconds: options.settings.pollSeconds,
    failFast: request.failFast ?? false,
    onEvent,
    signal,
    told,
  });
  const total = submitter?.total ?? 0;
  const left = submitter?.left ?? new Set<string>();
  for (const task of left) onEvent({ type: "task-cancelled", task });
  const { fresh } = countStates(plan);
  const counts: Record<Ending, number> = {
    fresh: submitter === undefined ? fresh : plan.size - total,
    ran: 0,
    failed: 0,
    blocked: 0,
    cancelled: submitter === undefined ? plan.size - fresh : left.size,
  };
  for (const ending of endings.values()) counts[ending]++;
  const queued = total - left.size - endings.size;
  const seconds = Math.round(performance.now() - begun) / 1000;
  const summary: RunSummary = { ...counts, ...(queued === 0 ? {} : { queued }), seconds };
  onEvent({ type: "finished", summary });
  return summary;
}

/** Nobody would submit the rest. */
function checkAll({ total, left }: Submitter): void {
  if (left.size === 0) return;
  throw new UserError(
    "cluster",
    `Cannot --detach yet: Slurm takes no more jobs for now, and ${
      total - left.size
    } of ${total} tasks are queued. Run ` +
      `the same command again when some have ended, or without --detach to have the rest submitted as they do.`,
  );
}
