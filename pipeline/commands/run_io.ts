/** `kws`, `asr`, `sweep` and `report`: brings the graph up to date, shows how it goes, prints the table or where the page is. */
import type { Sweep } from "../config/sweep.ts";
import type { Plan } from "../engine/plan.ts";
import type { Store } from "../engine/store/store_io.ts";
import type { Receipt, RunSummary } from "../engine/types.ts";
import { clipsOf, expectedSeconds, wallSeconds } from "../estimate.ts";
import type { RunGraph } from "../graph.ts";
import { type ShownRecognition, shownRecognition } from "../report/recognition_shown.ts";
import { resultsText } from "../report/results_table.ts";
import type { ResultRow } from "../report/results.ts";
import type { SummaryRow } from "../report/summary.ts";
import { summaryText } from "../report/summary_table.ts";
import { count, roughDuration } from "../report/wording.ts";
import { terminalWidth } from "../reporters/terminal_io.ts";
import { configText } from "./config_text.ts";
import { executeGraph, type ExecutionFlags } from "./execute_io.ts";
import {
  executorOf,
  expandRequest,
  graphOf,
  openProject,
  type Project,
  type Request,
  requestOf,
} from "./project_io.ts";
import { linkResults } from "./results_view_io.ts";

export interface RunFlags extends Request, ExecutionFlags {
  readonly printConfig: boolean;
}

/** @returns The process's exit status: 0 only if everything asked for is fresh. */
export async function runCommand(flags: RunFlags): Promise<number> {
  const project = openProject();
  const sweep = expandRequest(project, flags);
  if (flags.printConfig) {
    console.log(configText(sweep, flags.json));
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

/** As {@link runCommand} for the same configuration, with images; prints where they are in the place of a table. */
export async function reportCommand(
  flags: Omit<RunFlags, "kind" | "images">,
): Promise<number> {
  return await runCommand({ ...requestOf(flags), ...flags, images: true });
}

/** What is about to happen and how long it may take; nothing if everything is fresh. */
function announce(built: RunGraph, plan: Plan, store: Store, workers: number): void {
  const todo = built.graph.tasks.filter((task) => plan.get(task.name)!.kind !== "fresh");
  if (todo.length === 0) return;
  const clips = clipsOf(built.graph.tasks);
  const seconds = new Map(
    todo.map((task) => [task.name, expectedSeconds(task, clips, store.lastReceipt(task.name)?.seconds)]),
  );
  const stages = [...new Set(todo.map((task) => task.stage))].join(" -> ");
  const never = todo.every((task) => store.lastReceipt(task.name) === undefined);
  console.error(
    `${count(todo.length, "task")} of ${built.graph.tasks.length} to run (${stages}), ` +
      `${count(Math.min(workers, todo.length), "process", "processes")} at a time: ` +
      `${roughDuration(wallSeconds(built.graph.tasks, seconds, workers))}.`,
  );
  if (never) {
    console.error(
      `Everything goes to ${store.root}; stop at any time with Ctrl-C and go on later with the same command. ` +
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
    console.error(
      `${what}: ${count(failed, "task")} failed, ${blocked} blocked, ${cancelled} cancelled. ` +
        `What is done is kept; the same command goes on from there.`,
    );
  }
  if (failed + blocked + cancelled + queued > 0) return;
  const receipt = (task: string): Receipt | undefined => store.lastReceipt(task);
  const folder = resultsFolder(project, storeFlag, store, built.aggregate.split("/")[1]!);
  linkResults(folder, built, receipt, store);
  if (built.png !== undefined) {
    console.log(`Report: ${folder}/report.html`);
    console.log(`Figures: ${folder}/figures/ (SVG, Vega-Lite, CSV), ${folder}/png/`);
    return;
  }
  const aggregate = receipt(built.aggregate)!;
  const text = await store.readText(aggregate.outputs["results.json"]!, "results.json");
  console.log(`\n${resultsShown(JSON.parse(text))}\n`);
  if (built.report !== undefined) console.log(`Report: ${folder}/report.html`);
  console.log(`Table: ${folder}/results.csv (.json, .md)`);
  console.log(`Checkpoints, curves and logs: ${folder}/<run>/`);
  if (summary.ran === 0) console.log("Everything was fresh; no stage ran.");
  console.log(`Next: ${nextStep(sweep)}`);
}

type Results = ({ readonly task: "asr" } & ShownRecognition) | {
  readonly task?: undefined;
  readonly rows: readonly ResultRow[];
  readonly summary: readonly SummaryRow[];
};

function resultsShown(results: Results): string {
  if (results.task === "asr") return shownRecognition(results, terminalWidth());
  const { rows, summary } = results;
  return [
    resultsText(rows),
    ...(summary.length > 0 ? [`Over seeds, in percent:\n${summaryText(summary)}`] : []),
  ].join("\n\n");
}

/** Beside the store: `data/results/kws`. */
export function resultsFolder(
  project: Project,
  storeFlag: string | undefined,
  store: Store,
  name: string,
): string {
  const base = storeFlag === undefined ? `${project.root}/data/results` : `${store.root}/results`;
  return `${base}/${name}`;
}

function nextStep(sweep: Sweep): string {
  if (sweep.points[0]!.config.task === "asr") {
    return "deno task sweep --task asr --n-mels 10,20,30,40 --setting A,D, or deno task asr model=bc_resnet setting=A";
  }
  return sweep.axes.includes("frontend.n_mels")
    ? "deno task sweep --n-mels 10,20,30,40 --setting A,D --seed 0,1,2"
    : "deno task sweep --n-mels 10,20,30,40, or deno task kws model=bc_resnet setting=A";
}
