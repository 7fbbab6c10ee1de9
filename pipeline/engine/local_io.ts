/** Runs a graph on this machine: one scheduler, each stage a process. */
import type { Executor } from "./executor.ts";
import type { MachineResources } from "./resources.ts";
import { runGraph } from "./run.ts";
import { processRunner, type ProcessRunnerOptions } from "./process/task_io.ts";

export interface LocalExecutorOptions extends ProcessRunnerOptions {
  readonly resources: MachineResources;
}

export function localExecutor({ resources, ...options }: LocalExecutorOptions): Executor {
  const runner = processRunner(options);
  return { execute: (request) => runGraph({ ...request, runner, resources }) };
}
