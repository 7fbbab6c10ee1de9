/** `lr`: learning-rate range tests, through the same stages and the same store as trainings. */
import { UserError } from "../../lib/base/errors.ts";
import type { Store } from "../engine/store/store_io.ts";
import { lrRangeGraph } from "../lr_range_graph.ts";
import { type LrRangeRecord, lrRangeText } from "../report/lr_range.ts";
import { configText } from "./config_text.ts";
import { executeGraph } from "./execute_io.ts";
import { resultsFolder, type RunFlags } from "./run_io.ts";
import { autoBackendFor, dataOptions, executorOf, expandRequest, openProject } from "./project_io.ts";
import { linkTasks } from "./results_view_io.ts";

export interface LrFlags extends Omit<RunFlags, "kind"> {
  readonly low: number;
  readonly high: number;
  readonly steps: number | undefined;
}

/** @returns The process's exit status. With `--json` standard output is one line for each test: its record. */
export async function lrCommand(flags: LrFlags): Promise<number> {
  const { low, high, steps = null } = flags;
  if (!(low > 0 && low < high)) {
    throw new UserError("usage", `Cannot test rates from ${low} to ${high}: wanted 0 < --low < --high.`);
  }
  const project = openProject();
  const sweep = expandRequest(project, { kind: "sweep", task: flags.task, overrides: flags.overrides });
  if (flags.printConfig) {
    console.log(configText(sweep, flags.json));
    return 0;
  }
  const executor = await executorOf(project, flags);
  const { graph, tests } = lrRangeGraph(sweep, { low, high, steps }, {
    autoBackend: await autoBackendFor(sweep, executor.gpus),
    ...dataOptions(project),
  });
  const done = await executeGraph(project, graph, executor, flags, { jsonEvents: false });
  if (done === undefined) return 0;
  const { store, summary } = done;
  if (!done.complete) return 1;
  for (const { run, task } of tests) {
    const record = await readRecord(store, task);
    if (flags.json) {
      console.log(JSON.stringify({ run, ...record }));
      continue;
    }
    const folder = resultsFolder(project, flags.store, store, `lr-${run}`);
    linkTasks(folder, [{ task, under: "" }], (name) => store.lastReceipt(name), store);
    console.log(`\n${lrRangeText(run, record)}\nPoints: ${folder}/lr_range.csv (.json)`);
  }
  if (summary.ran === 0) console.error("Everything was fresh; no stage ran.");
  return 0;
}

async function readRecord(store: Store, task: string): Promise<LrRangeRecord> {
  const output = store.lastReceipt(task)!.outputs["lr_range.json"]!;
  return JSON.parse(await store.readText(output, "lr_range.json")) as LrRangeRecord;
}
