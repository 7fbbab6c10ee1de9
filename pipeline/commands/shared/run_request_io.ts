/** Brings up to date what a request asks for, shows how it goes, prints the table or where the page is. */
import { parseResults } from "../../../lib/records/results.ts";
import type { Sweep } from "../../config/sweep.ts";
import { DEFAULT_TASK } from "../../config/tasks.ts";
import type { Plan } from "../../engine/plan.ts";
import type { Store } from "../../engine/store/store_io.ts";
import type { Receipt, RunSummary } from "../../engine/types.ts";
import { expectedSeconds, wallSeconds } from "../../graph/estimate.ts";
import type { RunGraph } from "../../graph/runs.ts";
import { shownResults } from "../../report/text/shown_results.ts";
import { count, roughDuration } from "../../report/text/wording.ts";
import { terminalWidth } from "../../reporters/terminal_io.ts";
import { configText } from "./config_text.ts";
import { executeGraph } from "./execute_io.ts";
import type { ExecutionFlags } from "./flags.ts";
import { openProject, type Project } from "./project_io.ts";
import type { Request } from "./request.ts";
import { executorOf, expandRequest, graphOf } from "./request_io.ts";
import { linkResults, resultsFolder } from "./result_links_io.ts";
import { print, tell } from "../../reporters/print_io.ts";

/** @returns The process's exit status: 0 only if everything asked for is fresh. */
export async function runRequest(flags: Request & ExecutionFlags): Promise<number> {
  const project = openProject();
  const sweep = await expandRequest(project, flags);
  if (flags.printConfig) {
    print(...configText(sweep, flags.json));
    return 0;
  }
  const executor = await executorOf(project, flags);
  const built = await graphOf(project, sweep, flags, executor.gpus);
  const done = await executeGraph(project, built.graph, executor, flags, {
    jsonEvents: flags.json,
    ...(flags.json ? {} : { onPlanned: (plan, store, workers) => announce(built, plan, store, workers) }),
  });
  if (done === undefined) return 0;
  if (!flags.json) await showResults(project, built, sweep, done.store, flags.store, done.summary);
  return done.complete ? 0 : 1;
}

/** What is about to happen and how long it may take; nothing if everything is fresh. */
function announce(built: RunGraph, plan: Plan, store: Store, workers: number): void {
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
      `${count(Math.min(workers, todo.length), "process", "processes")} at a time: ` +
      `${roughDuration(wallSeconds(built.graph.tasks, seconds, workers))}.`,
  );
  if (never) {
    tell(
      `Everything goes to ${store.location}; stop at any time with Ctrl-C and go on later with the same command. ` +
        `A first run also brings in npm packages.`,
    );
  }
}

async function showResults(
  project: Project,
  built: RunGraph,
  sweep: Sweep,
  store: Store,
  storeFlag: string | undefined,
  summary: RunSummary,
): Promise<void> {
  const { failed, blocked, cancelled, queued = 0 } = summary;
  if (failed + blocked + cancelled > 0) {
    const what = cancelled > 0 && failed === 0 ? "Stopped" : "Not everything is done";
    tell(
      `${what}: ${count(failed, "task")} failed, ${blocked} blocked, ${cancelled} cancelled. ` +
        `What is done is kept; the same command goes on from there.`,
    );
  }
  if (failed + blocked + cancelled + queued > 0) return;
  const receipt = (task: string): Receipt | undefined => store.lastReceipt(task);
  const folder = resultsFolder(project, storeFlag, store, built.aggregate.split("/")[1]!);
  linkResults(folder, built, receipt, store);
  if (built.png !== undefined) {
    print(`Report: ${folder}/report.html`);
    print(`Figures: ${folder}/figures/ (SVG, Vega-Lite, CSV), ${folder}/png/`);
    return;
  }
  const aggregate = receipt(built.aggregate)!;
  const text = await store.readText(aggregate.outputs["results.json"]!, "results.json");
  print("", ...shownResults(parseResults(text, aggregate.task), terminalWidth()).split("\n"), "");
  print(`Report: ${folder}/report.html`);
  print(`Table: ${folder}/results.csv (.json, .md)`);
  print(`Checkpoints, curves and logs: ${folder}/<run>/`);
  if (summary.ran === 0) print("Everything was fresh; no stage ran.");
  print(`Next: ${nextStep(sweep)}`);
}

/** Command lines that go further than this one. */
function nextStep({ points, axes }: Sweep): string {
  const { task } = points[0]!.config;
  const named = task === DEFAULT_TASK ? "" : ` --task ${task}`;
  const bands = `deno task sweep${named} --n-mels 10,20,30,40`;
  return axes.includes("frontend.n_mels")
    ? `${bands} --setting A,D --seed 0,1,2`
    : `${bands}, or deno task ${task} model=bc_resnet setting=A`;
}
