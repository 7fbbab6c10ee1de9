/**
 * What one training step asks of a WebGPU device, with and without this project's kernels:
 * `deno run -A test/bench/dispatches.ts [--json] [--batch 100] [--task kws,asr] [--submit-every 15]`. On a graphics card the
 * time that JavaScript takes for a step goes with the programs that it starts. The device computes nothing, so that none is
 * needed. `deno task bench --only 'webgpu-*'` times the same.
 */
import * as tf from "@tensorflow/tfjs";
import { parseArgs } from "@std/cli/parse-args";
import { type Setting, SETTINGS } from "../../lib/frontends/contract.ts";
import type { ModelName } from "./cases.ts";
import { countStep, installKernels, openNullDevice, prepareStep, type StepCount } from "./device_step.ts";
import type { TaskName } from "./inputs.ts";
import type { NullAdapter } from "./null_device.ts";

export interface CountRow {
  readonly task: TaskName;
  readonly model: ModelName;
  readonly setting: Setting;
  /** Null for recognizers, whose composites start programs for each frame and take minutes to count. */
  readonly composites: StepCount | null;
  readonly kernels: StepCount;
}

interface CountCase {
  readonly task: TaskName;
  readonly model: ModelName;
  readonly setting: Setting;
}

const TASKS = ["kws", "asr"] as const;
const MODELS = ["linear", "bc_resnet"] as const;
const UTTERANCES = 16;

/** Opens the backend, which must not be open yet, as kernels cannot be taken away again. */
export async function countDispatches(
  batch: number,
  tasks: readonly TaskName[],
  submitEvery: number | undefined,
): Promise<CountRow[]> {
  const adapter = await openNullDevice();
  if (submitEvery !== undefined) tf.env().set("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE", submitEvery);
  const cases = tasks.flatMap((task) =>
    MODELS.flatMap((model) => SETTINGS.map((setting) => ({ task, model, setting })))
  );
  const composites = await countAll(cases.filter(({ task }) => task === "kws"), batch, adapter);
  installKernels();
  const kernels = await countAll(cases, batch, adapter);
  return cases.map((row, i) => ({
    ...row,
    composites: row.task === "kws" ? composites[i]! : null,
    kernels: kernels[i]!,
  }));
}

async function countAll(
  cases: readonly CountCase[],
  batch: number,
  adapter: NullAdapter,
): Promise<StepCount[]> {
  const counts: StepCount[] = [];
  for (const one of cases) {
    const clips = one.task === "kws" ? batch : UTTERANCES;
    using step = await prepareStep({ ...one, batch: clips }, { count: () => adapter.count });
    counts.push(await countStep(step, adapter));
  }
  return counts;
}

function table(rows: readonly CountRow[]): string {
  const mb = (bytes: number) => (bytes / 1e6).toFixed(1);
  const cells = [
    [
      ...["task", "model", "setting", "composites", "(optimizer)", "kernels", "(optimizer)", "submissions"],
      ...["passes", "bind groups", "uniforms", "new buffers", "new MB"],
    ],
    ...rows.map(({ task, model, setting, composites, kernels }) => [
      task,
      model,
      setting,
      composites === null ? "-" : `${composites.programs}`,
      composites === null ? "" : `(${composites.ofOptimizer})`,
      `${kernels.programs}`,
      `(${kernels.ofOptimizer})`,
      `${composites?.submissions ?? "-"} -> ${kernels.submissions}`,
      `${kernels.passes}`,
      `${kernels.bindGroups}`,
      `${kernels.writes}`,
      `${kernels.buffers}`,
      mb(kernels.bytes),
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd())
    .join("\n");
}

if (import.meta.main) {
  const { json, batch, task, ...flags } = parseArgs(Deno.args, {
    boolean: ["json"],
    string: ["batch", "task", "submit-every"],
    default: { batch: "100", task: TASKS.join() },
  });
  const every = flags["submit-every"];
  const rows = await countDispatches(
    Number(batch),
    TASKS.filter((name) => task.split(",").includes(name)),
    every === undefined ? undefined : Number(every),
  );
  console.log(json ? JSON.stringify(rows, null, 2) : table(rows));
}
