/** Runs a graph on this machine: one scheduler, each stage a process. */
import type { Executor } from "../../engine/executor.ts";
import type { MachineResources } from "../../engine/resources.ts";
import { runGraph } from "../../engine/run.ts";
import { processRunner, type ProcessRunnerOptions } from "../../engine/process/task_io.ts";

export interface LocalExecutorOptions extends ProcessRunnerOptions {
  readonly resources: MachineResources;
}

export function localExecutor({ resources, ...options }: LocalExecutorOptions): Executor {
  const runner = processRunner(options);
  return { execute: (request) => runGraph({ ...request, runner, resources }) };
}
