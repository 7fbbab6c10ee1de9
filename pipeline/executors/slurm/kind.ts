/** A Slurm cluster: Slurm decides when a task runs; its jobs go on without the command that submitted them. */
import type { ExecutorKind } from "../contract.ts";
import { shortLimits, slurmSchema } from "./settings.ts";

export const kind: ExecutorKind<typeof slurmSchema> = {
  schema: slurmSchema,
  check: shortLimits,
  gpus: (settings) => settings.gpus,
  open: async (settings, placement) => (await import("./executor_io.ts")).openSlurm(settings, placement),
  jobs: async (store) => (await import("./store_jobs_io.ts")).jobsOf(store),
};
