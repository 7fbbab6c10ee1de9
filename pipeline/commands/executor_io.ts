/** Which executor a command line means: `--executor NAME` and `executor.KEY=VALUE`. */
import { UserError } from "../../lib/base/errors.ts";
import { executorConfig, isExecutorOverride, type SlurmConfig } from "../executors/settings.ts";
import { parseOverride } from "../config/override.ts";
import type { Executor } from "../engine/executor.ts";
import { limitSeconds } from "../executors/slurm/settings.ts";
import type { Project } from "./project_io.ts";

export interface ExecutorFlags {
  readonly executor: string | undefined;
  readonly overrides: readonly string[];
}

export interface PlacementFlags extends ExecutorFlags {
  readonly detach: boolean;
  readonly jobs: number | undefined;
  readonly threads: number | undefined;
  readonly failFast: boolean;
}

/** The cluster that is meant, or nothing: this machine. @throws {UserError} "bad-config", "usage". */
export function clusterOf(project: Project, { executor, overrides }: ExecutorFlags): SlurmConfig | undefined {
  const typed = overrides.map(parseOverride).filter(isExecutorOverride);
  if (executor === undefined && typed.length === 0) return undefined;
  if (executor === undefined) {
    throw new UserError(
      "usage",
      `Cannot use ${typed[0]!.text}: tasks run on this machine. Add --executor slurm.`,
    );
  }
  const config = executorConfig(project.conf, executor, typed);
  if (config.kind === "local") return undefined;
  for (const [stage, { time }] of [["", config] as const, ...Object.entries(config.stages)]) {
    const limit = time === null || time === undefined ? undefined : limitSeconds(time);
    if (limit === undefined || limit > config.warn_seconds) continue;
    throw new UserError(
      "bad-config",
      `Cannot run jobs ${
        stage === "" ? "" : `of ${stage} `
      }for ${limit} s: executor.warn_seconds=${config.warn_seconds} ` +
        `stops them before they begin. Raise executor.time or lower executor.warn_seconds.`,
    );
  }
  return config;
}

/** Loaded only for the executor that is meant, since a local run needs nothing of the other. */
export async function openExecutor(
  project: Project,
  flags: PlacementFlags,
  cluster: SlurmConfig | undefined,
): Promise<Executor> {
  if (cluster === undefined) {
    if (flags.detach) {
      throw new UserError(
        "usage",
        "Cannot --detach: tasks of this machine end with the command. Add --executor slurm.",
      );
    }
    const { localExecutor } = await import("../executors/local/executor_io.ts");
    const resources = { threads: threadsOf(flags), gpu: 1, jobs: workersOf(flags) };
    return localExecutor({ projectRoot: project.root, resources });
  }
  if (flags.threads !== undefined) {
    throw new UserError(
      "usage",
      "Cannot use --threads on a cluster: executor.cpus says how many a job gets.",
    );
  }
  if (flags.detach && flags.failFast) {
    throw new UserError("usage", "Cannot both --detach and --fail-fast: nobody is there to see a failure.");
  }
  const { slurmExecutor } = await import("../executors/slurm/executor_io.ts");
  return slurmExecutor({
    projectRoot: project.root,
    settings: cluster,
    detach: flags.detach,
    most: flags.jobs,
  });
}

/** Most tasks at a time on this machine. */
export function workersOf(flags: Pick<PlacementFlags, "jobs" | "threads">): number {
  return Math.min(flags.jobs ?? Infinity, threadsOf(flags));
}

function threadsOf({ threads }: Pick<PlacementFlags, "threads">): number {
  return threads ?? navigator.hardwareConcurrency;
}
