/** What all commands that run a graph share: plan it, or bring it up to date with progress shown. */
import { factsHere } from "../../../lib/backend/facts_io.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { openCode } from "../../engine/code/closure_io.ts";
import type { ExecutionRequest, Executor } from "../../engine/executor.ts";
import { firstReason } from "../../engine/explain.ts";
import type { Plan } from "../../engine/plan.ts";
import { planRun } from "../../engine/run.ts";
import type { Store } from "../../engine/store/store_io.ts";
import type { Receipt, RunEvent, RunSummary, TaskGraph } from "../../engine/types.ts";
import type { ChosenExecutor } from "../../executors/choose.ts";
import type { Room } from "../../executors/contract.ts";
import { chooseReporter } from "../../reporters/reporter_io.ts";
import { mostColumns } from "../../reporters/terminal_io.ts";
import type { ExecutionFlags } from "./flags.ts";
import { Outcome } from "./outcome.ts";
import { leftRunning } from "./left_running.ts";
import { FINGERPRINTED, reached, timed } from "./phases_io.ts";
import { planLines } from "./plan_lines.ts";
import type { Project } from "./project_io.ts";
import { openProjectStore } from "./project_store_io.ts";
import { sharingOf } from "./sharing_io.ts";
import { onSignal } from "./signals_io.ts";
import { print, tell } from "../../reporters/print_io.ts";

export interface ExecutionOptions {
  /** Print the run's events on standard output, one JSON value a line. */
  readonly jsonEvents: boolean;
  /** Called before anything runs. */
  readonly onPlanned?: (plan: Plan, store: Store, room: Room) => void;
  /** Tasks whose results are shown, besides those that no other task reads. */
  readonly wanted?: readonly string[];
  /** Of these all outputs are read when everything is done. */
  readonly read?: readonly string[];
}

export interface Execution {
  readonly store: Store;
  readonly summary: RunSummary;
  /** How each task ended. */
  readonly outcome: Outcome;
  /** Everything asked for is fresh. */
  readonly complete: boolean;
}

/** @returns Undefined after a dry run, which prints the plan, and after leaving all that is not done to a cluster. */
export async function executeGraph(
  project: Project,
  graph: TaskGraph,
  chosen: ChosenExecutor,
  flags: ExecutionFlags,
  { jsonEvents, onPlanned, wanted, read }: ExecutionOptions,
): Promise<Execution | undefined> {
  if (flags.failFast && flags.keepGoing) {
    throw new UserError("usage", "Cannot both --fail-fast and --keep-going: choose one.");
  }
  const sharing = await sharingOf(project, flags.overrides, !flags.dryRun);
  const store = openProjectStore(project, flags.store, flags.dryRun ? "look" : "make", sharing.cache);
  const opened = openCode(project.root, store.statCache);
  const manifest = timed(opened.manifest);
  const code = { ...opened, manifest: manifest.ask };
  const planning = { graph, store, code, force: flags.force, here: factsHere };
  // Before a dry run too: what it shows should be what can run.
  const executor = await chosen.open({ ...flags, projectRoot: project.root });
  if (flags.dryRun) {
    const plan = await planRun(planning);
    print(...(flags.json ? planJson(plan) : planLines(plan, mostColumns())));
    return undefined;
  }
  const { room } = executor;
  const outcome = new Outcome();
  const share = sharing.begin(store);
  reached("store opened");
  const summary = await runWithReporter(executor, {
    ...planning,
    ...(wanted === undefined ? {} : { wanted }),
    ...(read === undefined ? {} : { read }),
    failFast: flags.failFast,
    onEvent: (event) => {
      if (event.type === "planned") {
        manifest.note(FINGERPRINTED);
        reached("plan made");
      }
      outcome.add(event);
      share.hear(event);
    },
    // How long jobs wait elsewhere is nobody's to know.
    ...(onPlanned === undefined || room === null
      ? {}
      : { onPlanned: (plan) => onPlanned(plan, store, room) }),
  }, jsonEvents);
  await share.end(summary.cancelled > 0);
  reached("results marked as used");
  const { failed, blocked, cancelled, queued = 0 } = summary;
  if (queued > 0) {
    tell(leftRunning(queued));
    if (flags.detach) return undefined;
  }
  return { store, summary, outcome, complete: failed + blocked + cancelled + queued === 0 };
}

/**
 * What this run made or found, under the key that it planned: another command may have done a task of the same name
 * meanwhile. Undefined: the run did not get there.
 *
 * @throws {UserError} `store-damaged`: it was, and is gone.
 */
export async function resultOf(
  { store, outcome }: Pick<Execution, "store" | "outcome">,
  task: string,
): Promise<Receipt | undefined> {
  const key = outcome.keyOf(task);
  if (key === undefined) return undefined;
  const receipt = await store.cache.lookup(key);
  if (receipt !== undefined) return receipt;
  throw new UserError(
    "store-damaged",
    `Cannot show the result of ${task}: it was removed from the store while this command ran. Run it again.`,
  );
}

/** Stops the run in order when the process is asked to end. */
async function runWithReporter(
  executor: Executor,
  request: ExecutionRequest,
  jsonEvents: boolean,
): Promise<RunSummary> {
  const reporter = chooseReporter(jsonEvents, request.store.location);
  const abort = new AbortController();
  let planned = false;
  // Nothing runs before there is a plan, and the files that are hashed for it may be many.
  using _listening = onSignal((leave) => planned ? abort.abort() : leave());
  try {
    const onEvent = (event: RunEvent) => {
      planned ||= event.type === "planned";
      request.onEvent?.(event);
      reporter.show(event);
    };
    const signal = AbortSignal.any([abort.signal, reporter.unread]);
    return await executor.execute({ ...request, onEvent, signal });
  } finally {
    reporter.close();
    reporter.unread.throwIfAborted();
  }
}

function planJson(plan: Plan): string[] {
  return [...plan].map(([task, state]) =>
    JSON.stringify({ task, state: state.kind, reason: firstReason(state) } as JsonObject)
  );
}
