/** Runs a graph on this machine: one scheduler, each stage a process. */
import { UserError } from "../../../lib/base/errors.ts";
import type { Executor } from "../../engine/executor.ts";
import type { StageRunner } from "../../engine/process/stage_runner.ts";
import type { ProcessRunnerOptions } from "../../engine/process/task_io.ts";
import type { MachineResources } from "../../engine/resources.ts";
import { runGraph } from "../../engine/run.ts";
import type { OpenExecutor, Placement } from "../contract.ts";

export interface LocalExecutorOptions extends ProcessRunnerOptions {
  readonly resources: MachineResources;
}

/** @throws {UserError} "usage": nothing can go on here when the command has ended. */
export function openLocal(placement: Placement): OpenExecutor {
  const { projectRoot, detach, jobs = Infinity, threads = navigator.hardwareConcurrency } = placement;
  if (detach) {
    throw new UserError(
      "usage",
      "Cannot --detach: tasks of this machine end with the command. Give the --executor of a cluster.",
    );
  }
  const tasks = Math.min(jobs, threads);
  const resources = { threads, gpu: 1, jobs: tasks };
  return { room: { tasks, threads }, ...localExecutor({ projectRoot, resources }) };
}

export function localExecutor({ resources, ...options }: LocalExecutorOptions): Executor {
  const runner = lateRunner(options);
  return { execute: (request) => runGraph({ ...request, runner, resources }) };
}

/** Starts processes; what that takes is loaded with the first, so that a run that finds everything fresh goes without. */
function lateRunner(options: ProcessRunnerOptions): StageRunner {
  let loaded: Promise<StageRunner> | undefined;
  const load = async () => (await import("../../engine/process/task_io.ts")).processRunner(options);
  return { run: async (launch) => (await (loaded ??= load())).run(launch) };
}
