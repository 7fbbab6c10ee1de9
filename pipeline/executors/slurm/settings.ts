/** What jobs ask of a cluster, and what the jobs of single tasks ask of it. Pure. */
import type { TaskSpec } from "../../engine/types.ts";

/** As `sbatch` takes them; `null` leaves the choice to the cluster. */
export interface JobResources {
  readonly partition: string | null;
  readonly account: string | null;
  /** Minutes, or Slurm's `hours:minutes:seconds` and `days-hours`. */
  readonly time: string | null;
  /** Of one job: `4G`, `800M`. */
  readonly memory: string | null;
  /** Most processors a job asks for; tasks that can use fewer ask for fewer. */
  readonly cpus: number;
  /** Graphics cards that a job asks for whose task computes on one. */
  readonly gpus: number;
}

export interface SlurmSettings extends JobResources {
  /** Lines of the batch script before the task starts; those that begin with `#SBATCH` are options of `sbatch`. */
  readonly extra_lines: readonly string[];
  /** A job that is about to reach its time limit is stopped in order and queued again this long before it. */
  readonly warn_seconds: number;
  /** How often a job may be queued again for its time limit before that counts as a failure. */
  readonly max_requeues: number;
  /** How often the queue is looked at. */
  readonly poll_seconds: number;
  /** What the jobs of single stages ask for instead. */
  readonly stages: Readonly<Record<string, StageResources>>;
}

export type StageResources = { readonly [Key in keyof JobResources]?: JobResources[Key] | undefined };

/** What the job of a task asks for. */
export function resourcesOf(
  spec: Pick<TaskSpec, "stage" | "resources">,
  settings: SlurmSettings,
): JobResources {
  const own = settings.stages[spec.stage] ?? {};
  const chosen = <Key extends keyof JobResources>(key: Key): JobResources[Key] =>
    own[key] === undefined ? settings[key] : own[key] as JobResources[Key];
  return {
    partition: chosen("partition"),
    account: chosen("account"),
    time: chosen("time"),
    memory: chosen("memory"),
    cpus: Math.max(1, Math.min(chosen("cpus"), spec.resources.threads)),
    gpus: spec.resources.gpu > 0 ? chosen("gpus") : 0,
  };
}

/** Seconds of a time limit as `sbatch` reads it; `undefined` if it cannot be read. */
export function limitSeconds(time: string): number | undefined {
  const match = /^(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?$/.exec(time);
  if (match === null) return undefined;
  const [days, first, second, third] = match.slice(1).map((part) => part === undefined ? undefined : +part);
  // Without days the parts are minutes, minutes:seconds or hours:minutes:seconds; with days they begin with hours.
  if (days !== undefined) return ((days * 24 + first!) * 60 + (second ?? 0)) * 60 + (third ?? 0);
  return third !== undefined ? (first! * 60 + second!) * 60 + third : first! * 60 + (second ?? 0);
}
