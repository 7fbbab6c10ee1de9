/** Brings up to date what a request asks for, shows how it goes and what came out. */
import type { Sweep } from "../../config/sweep.ts";
import type { Plan } from "../../engine/plan.ts";
import type { Store } from "../../engine/store/store_io.ts";
import type { RunSummary } from "../../engine/types.ts";
import { expectedSeconds, wallSeconds } from "../../graph/estimate.ts";
import type { ChosenExecutor } from "../../executors/choose.ts";
import type { Room } from "../../executors/contract.ts";
import type { RunGraph, RunPlan } from "../../graph/runs.ts";
import { count, roughDuration } from "../../report/text/wording.ts";
import { configText } from "./config_text.ts";
import { noteDataOf } from "./data_paths_io.ts";
import { executeGraph } from "./execute_io.ts";
import type { ExecutionFlags } from "./flags.ts";
import type { Outcome } from "./outcome.ts";
import { reached } from "./phases_io.ts";
import { openProject, type Project } from "./project_io.ts";
import { nextStep, type Request } from "./request.ts";
import { checkStreams, executorOf, expandRequest, graphOf } from "./request_io.ts";
import { type Ended, readTasks, shownTasks, showResults } from "./show_results_io.ts";
import { print, tell } from "../../reporters/print_io.ts";

/** @returns The process's exit status: 0 only if everything asked for is fresh. */
export async function runRequest(flags: Request & ExecutionFlags): Promise<number> {
  reached("code of graphs loaded");
  const project = openProject();
  const sweep = await expandRequest(project, flags);
  reached("configurations read and checked");
  if (flags.printConfig) {
    print(...configText(sweep, flags.json));
    return 0;
  }
  const executor = await executorOf(project, flags);
  const built = await graphOf(project, sweep, flags, executor.gpus);
  await checkStreams(sweep);
  reached("graph made");
  const done = await executeGraph(project, built.graph, executor, flags, {
    jsonEvents: flags.json,
    wanted: shownTasks(built),
    read: readTasks(built),
    ...(flags.json ? {} : { onPlanned: (plan, store, room) => announce(built, plan, store, room) }),
  });
  if (done === undefined) return 0;
  if (!done.complete && !flags.json) tellWhatIsLeft(done.summary);
  const whole = { built, done };
  const shown = done.complete ? whole : await withoutFailed(whole, project, sweep, flags, executor);
  if (shown !== undefined) await showResults(shown, project, flags);
  await noteDataOf(built.runs, done);
  if (done.complete && !flags.json) {
    if (done.summary.ran === 0) print("Everything was fresh; no stage ran.");
    if (built.png === undefined) print(`Next: ${nextStep(flags, sweep.axes)}`);
  }
  return done.complete ? 0 : 1;
}

/** What is about to happen and how long it may take; nothing if everything is fresh. */
function announce(built: RunGraph, plan: Plan, store: Store, room: Room): void {
  const todo = built.graph.tasks.filter((task) => plan.get(task.name)!.kind !== "fresh");
  if (todo.length === 0) return;
  const seconds = new Map(
    todo.map(({ name }) =>
      [name, expectedSeconds(built.seconds.get(name), store.lastReceipt(name)?.seconds)] as const
    ),
  );
  const stages = [...new Set(todo.map((task) => task.stage))].join(" -> ");
  const never = todo.every((task) => store.lastReceipt(task.name) === undefined);
  tell(
    `${count(todo.length, "task")} of ${built.graph.tasks.length} to run (${stages}), ` +
      `${count(Math.min(room.tasks, todo.length), "process", "processes")} at a time: ` +
      `${roughDuration(wallSeconds(built.graph.tasks, seconds, room))}.`,
  );
  if (never) {
    tell(
      `Everything goes to ${store.location}; stop at any time with Ctrl-C and go on later with the same command. ` +
        `A first run also brings in npm packages.`,
    );
  }
}

function tellWhatIsLeft({ failed, blocked, cancelled }: RunSummary): void {
  if (failed + blocked + cancelled === 0) return;
  const what = cancelled > 0 && failed === 0 ? "Stopped" : "Not everything is done";
  tell(
    `${what}: ${count(failed, "task")} failed, ${blocked} blocked, ${cancelled} cancelled. ` +
      `What is done is kept; the same command goes on from there.`,
  );
}

/**
 * Compares the runs that are done where others failed.
 *
 * @returns Undefined: there is nothing to show, or somebody asked to stop.
 */
async function withoutFailed(
  whole: Ended,
  project: Project,
  sweep: Sweep,
  flags: Request & ExecutionFlags,
  executor: ChosenExecutor,
): Promise<Ended | undefined> {
  const { built, done: { outcome, summary: { cancelled, queued = 0 } } } = whole;
  if (cancelled + queued > 0) return undefined;
  if (outcome.keyOf(built.report) !== undefined) return whole;
  const isDone = (run: RunPlan) => tasksOf(run, built).every((task) => outcome.keyOf(task) !== undefined);
  const [ended, failed] = [built.runs.filter(isDone), built.runs.filter((run) => !isDone(run))];
  if (failed.length === 0) return outcome.keyOf(built.aggregate) === undefined ? undefined : whole;
  if (ended.length === 0) return undefined;
  const configs = new Set(ended.map(({ config }) => config));
  const points = sweep.points.filter(({ config }) => configs.has(config));
  const missing = failed.map((run) => missingRun(run, built, outcome));
  const part = await graphOf(project, { ...sweep, points }, { ...flags, missing }, executor.gpus);
  const done = await executeGraph(project, part.graph, executor, { ...flags, force: [] }, {
    jsonEvents: false,
    wanted: shownTasks(part),
    read: readTasks(part),
  });
  if (done === undefined || done.outcome.keyOf(part.aggregate) === undefined) return undefined;
  return { built: part, done };
}

function missingRun(run: RunPlan, built: RunGraph, outcome: Outcome) {
  const failures = tasksOf(run, built).map((task) => outcome.failureOf(task));
  const failure = failures.find((failure) => failure !== undefined);
  return { run: run.description.run, reason: failure?.message ?? "It did not end." };
}

/** What tables and the page need of a run. */
function tasksOf({ description: { run }, train, evaluate, conditions }: RunPlan, { probes }: RunGraph) {
  return [train, evaluate, ...conditions.map(({ evaluate }) => evaluate), probes.get(run) ?? train];
}
