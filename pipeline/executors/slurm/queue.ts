/**
 * What Slurm says of jobs, read strictly: anything that is not understood is an error that quotes it, but for states,
 * of which each version has more. Pure.
 */
import { UserError } from "../../../lib/base/errors.ts";
import type { JobPhase } from "../contract.ts";

/** What a job's state means for its task. */
export type SlurmPhase = JobPhase | "completed";

/** Whether a job may still do something for its task. */
export function isOpen(phase: SlurmPhase): boolean {
  return phase === "queued" || phase === "running" || phase === "unknown";
}

export interface JobView {
  /** `12`, or `12_3` for an element of an array. */
  readonly job: string;
  readonly phase: SlurmPhase;
  /** Slurm's own words. */
  readonly state: string;
  readonly reason: string;
  /** Where it runs or ran; empty before. */
  readonly nodes: string;
}

/** Job states of Slurm 20.11 to 24.05 (man squeue, "JOB STATE CODES"). */
const PHASES: Readonly<Record<string, SlurmPhase>> = {
  BOOT_FAIL: "failed",
  CANCELLED: "cancelled",
  COMPLETED: "completed",
  COMPLETING: "running",
  CONFIGURING: "queued",
  DEADLINE: "timed-out",
  FAILED: "failed",
  NODE_FAIL: "failed",
  OUT_OF_MEMORY: "failed",
  PENDING: "queued",
  PREEMPTED: "preempted",
  REQUEUED: "queued",
  REQUEUE_FED: "queued",
  REQUEUE_HOLD: "queued",
  RESIZING: "running",
  RESV_DEL_HOLD: "queued",
  REVOKED: "cancelled",
  RUNNING: "running",
  SIGNALING: "running",
  SPECIAL_EXIT: "queued",
  STAGE_OUT: "running",
  STOPPED: "running",
  SUSPENDED: "running",
  TIMEOUT: "timed-out",
};

/** `--format` of `squeue`; no field but the last can hold a bar. */
export const QUEUE_FORMAT = "%i|%T|%N|%r";

/** Output of `squeue --noheader --array --format=`{@link QUEUE_FORMAT}. */
export function parseQueueText(text: string): readonly JobView[] {
  return lines(text).map((line) => {
    const match = /^(\d+(?:_\d+)?)\|([^|]+)\|([^|]*)\|(.*)$/.exec(line);
    if (match === null) throw notUnderstood("squeue", line);
    const [, job, state, nodes, reason] = match as unknown as [string, string, string, string, string];
    return viewOf(job, state, nodes, reason);
  });
}

/** `--format` of `squeue` for {@link findOwn}; the folder comes last, as it may hold anything. */
export const OWN_FORMAT = "%F|%j|%Z";

/**
 * Number of the job of this name and working folder in the output of `squeue --noheader --format=`{@link OWN_FORMAT};
 * nothing if there is none.
 */
export function findOwn(text: string, name: string, folder: string): string | undefined {
  const job = lines(text).find((line) => line.endsWith(`|${name}|${folder}`))?.split("|")[0];
  if (job !== undefined && !/^\d+$/.test(job)) throw notUnderstood("squeue", text.slice(0, 300));
  return job;
}

/** Fields of `sacct --parsable2 --format=`. */
export const ACCOUNTING_FORMAT = "JobID,State,NodeList,Reason";

/** Output of `sacct --noheader --allocations --array --parsable2 --format=`{@link ACCOUNTING_FORMAT}. */
export function parseAccountingText(text: string): readonly JobView[] {
  return lines(text).flatMap((line) => {
    const match = /^(\d+(?:_\d+)?)\|([^|]+?)(?: by \d+)?\|([^|]*)\|(.*)$/.exec(line);
    if (match === null) {
      // Elements of an array that never left the queue are one line.
      if (/^\d+_\[[\d,%-]+\]\|[^|]+\|/.test(line)) return [];
      throw notUnderstood("sacct", line);
    }
    const [, job, state, nodes, reason] = match as unknown as [string, string, string, string, string];
    return [viewOf(job, state, nodes === "None assigned" ? "" : nodes, reason)];
  });
}

/** Output of `squeue --json`, of 22.05 (plain values) as of 23.02 and later (`{set, infinite, number}`, lists of flags). */
export function parseQueueJson(text: string): readonly JobView[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw notUnderstood("squeue", text);
  }
  const jobs = (document as { jobs?: unknown } | null)?.jobs;
  if (!Array.isArray(jobs)) throw notUnderstood("squeue", text);
  return jobs.flatMap((job: Readonly<Record<string, unknown>>) => {
    const id = numberIn(job["job_id"]);
    const state = stateIn(job["job_state"]);
    const [nodes, reason] = [job["nodes"] ?? "", job["state_reason"]];
    if (id === undefined || state === undefined || typeof nodes !== "string" || typeof reason !== "string") {
      throw notUnderstood("squeue", JSON.stringify(job));
    }
    return namesIn(job, id).map((name) => viewOf(name, state, nodes, reason));
  });
}

/** `0-2,5%4` is 0, 1, 2, 5. */
export function parseIndices(text: string): readonly number[] {
  if (!/^\d+(?:-\d+(?::\d+)?)?(?:,\d+(?:-\d+(?::\d+)?)?)*(?:%\d+)?$/.test(text)) {
    throw notUnderstood("squeue", text);
  }
  return text.replace(/%\d+$/, "").split(",").flatMap((part) => {
    const [from, to = from, step = 1] = part.split(/[-:]/).map(Number) as [number, number?, number?];
    return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
  });
}

/**
 * What to think of a job that Slurm does not list. It keeps ended jobs for some minutes (MinJobAge), its accounting for
 * longer, where there is one; but an element of an array that is cancelled in the queue vanishes at once (22.05).
 *
 * @param views All that is known of the job's number.
 * @param ran Whether it was ever heard of.
 */
export function unlistedView(job: string, views: ReadonlyMap<string, JobView>, ran: boolean): JobView {
  const [number, index] = job.split("_");
  const siblings = [...views.keys()].some((name) => name.startsWith(`${number}_`));
  return index !== undefined && siblings && !ran
    ? { job, phase: "cancelled", state: "CANCELLED", reason: "", nodes: "" }
    : { job, phase: "failed", state: "FORGOTTEN", reason: "Slurm no longer knows how it ended", nodes: "" };
}

/** Settings of a cluster. */
export interface ClusterConfig {
  readonly version: string;
  /** Most elements of an array, and of an index one more than the most: MaxArraySize, or max_array_tasks if that is less. */
  readonly mostElements: number;
}

/** What `scontrol show config` prints as `NAME = value`. */
export function parseConfig(text: string): ClusterConfig {
  const value = (name: string): string | undefined =>
    new RegExp(`^${name}\\s*=\\s*(\\S+)\\s*$`, "m").exec(text)?.[1];
  const [version, size] = [value("SLURM_VERSION"), value("MaxArraySize")];
  if (version === undefined || !/^\d+\.\d+/.test(version) || size === undefined || !/^\d+$/.test(size)) {
    throw notUnderstood("scontrol", text.slice(0, 200));
  }
  const fewer = /(?:^|,)max_array_tasks=(\d+)(?:,|$)/.exec(value("SchedulerParameters") ?? "")?.[1];
  // Size 0 means no arrays at all.
  return { version, mostElements: Math.max(1, Math.min(Number(size), Number(fewer ?? Infinity))) };
}

/** Whether `squeue --json` keeps to the jobs asked for; before 23.02 it prints the whole cluster's queue. */
export function filtersJson(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 23 || (major === 23 && minor >= 2);
}

function viewOf(job: string, state: string, nodes: string, reason: string): JobView {
  const phase = PHASES[state] ?? "unknown";
  const blocked = phase === "cancelled" && reason === "DependencyNeverSatisfied";
  return { job, phase: blocked ? "blocked" : phase, state, reason: reason === "None" ? "" : reason, nodes };
}

/** Names of the jobs that one record stands for: several while elements of an array still wait together. */
function namesIn(job: Readonly<Record<string, unknown>>, id: number): readonly string[] {
  const array = numberIn(job["array_job_id"]) ?? 0;
  const indices = job["array_task_string"];
  if (array === 0) return [`${id}`];
  if (typeof indices === "string" && indices !== "") return parseIndices(indices).map((i) => `${array}_${i}`);
  const index = numberIn(job["array_task_id"]);
  if (index === undefined) throw notUnderstood("squeue", JSON.stringify(job));
  return [`${array}_${index}`];
}

function numberIn(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  const { set, number } = (value ?? {}) as { set?: unknown; number?: unknown };
  return set === true && typeof number === "number" ? number : undefined;
}

/** Newer versions list the state first and flags behind it. */
function stateIn(value: unknown): string | undefined {
  const state = Array.isArray(value) ? value[0] : value;
  return typeof state === "string" ? state : undefined;
}

function lines(text: string): readonly string[] {
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

export function notUnderstood(command: string, found: string): UserError {
  return new UserError(
    "cluster",
    `Cannot understand what ${command} says: ${
      JSON.stringify(found.slice(0, 300))
    }. It is read as versions 20.11 to ` +
      `24.05 of Slurm print it.`,
  );
}
