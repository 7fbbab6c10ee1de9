/** Runs Slurm's commands. */
import { UserError } from "../../../lib/base/errors.ts";
import { askSlurm, type Patience } from "./command_io.ts";
import {
  ACCOUNTING_FORMAT,
  filtersJson,
  findOwn,
  type JobView,
  notUnderstood,
  OWN_FORMAT,
  parseAccountingText,
  parseConfig,
  parseQueueJson,
  parseQueueText,
  QUEUE_FORMAT,
} from "./queue.ts";
import { plain, refusalOf } from "./refusal.ts";

export interface SlurmClient {
  /** Most elements of an array; indices are below it. */
  mostElements(): Promise<number>;
  /**
   * Submits a script with `sbatch`'s arguments.
   *
   * @param environment What `sbatch` reads from standard input.
   */
  submit(args: readonly string[], environment: string): Promise<Submitted>;
  /** Slurm's number of this user's job of that name and working folder; nothing if Slurm does not know one. */
  find(name: string, folder: string): Promise<string | undefined>;
  /**
   * What is known of jobs and all their elements, by `12` or `12_3`.
   *
   * @param jobs Slurm's numbers, without indices. Those that Slurm has forgotten are not in the answer.
   */
  query(jobs: readonly string[]): Promise<ReadonlyMap<string, JobView>>;
  /** Ends jobs, or takes them out of the queue. @param jobs As `12` or `12_3`. */
  cancel(jobs: readonly string[]): Promise<void>;
  /** Ends a running job and queues it again under its number. */
  requeue(job: string): Promise<void>;
}

/** What came of a submission. */
export type Submitted =
  | { readonly kind: "job"; readonly job: string }
  /** So many jobs as this would make are not allowed now. */
  | { readonly kind: "full"; readonly said: string };

/** Arguments of one call; far below any system's limit. */
const MOST_ARGUMENTS = 500;

/** A controller that is busy makes its commands try for a minute. */
const SECONDS = 60;
/** A question can be asked again. */
const QUESTION_SECONDS = 20;
/** Who stops the program may still hear the number of a job that is being submitted. */
const SUBMIT_GRACE_MS = 1_000;

export interface ClientOptions {
  /** Aborted: commands are waited for no more. */
  readonly signal?: AbortSignal;
  /** Most seconds for a command, if not the usual ones. */
  readonly seconds?: number;
  /** Folders that Slurm's commands are looked for in, as in PATH; absent: in those of this process. */
  readonly path?: string;
}

/**
 * Every method throws a {@link UserError}: "cluster" if a command is missing, refuses, takes too long or says what
 * cannot be understood; "interrupted" if it is waited for no more.
 */
export function slurmClient(
  { signal = new AbortController().signal, seconds, path }: ClientOptions = {},
): SlurmClient {
  let config: Promise<ReturnType<typeof parseConfig>> | undefined;
  const patience = (usual: number): Patience => ({
    seconds: seconds ?? usual,
    signal,
    ...(path === undefined ? {} : { path }),
  });
  const ask = (command: string, args: readonly string[]) => call(command, args, patience(QUESTION_SECONDS));
  const configuration = () => config ??= ask("scontrol", ["show", "config"]).then(parseConfig);

  async function queue(jobs: readonly string[]): Promise<readonly JobView[]> {
    const wanted = `--jobs=${jobs.join(",")}`;
    const { version } = await configuration();
    try {
      return filtersJson(version)
        ? parseQueueJson(await ask("squeue", ["--json", "--states=all", wanted]))
        : parseQueueText(
          await ask("squeue", [
            "--noheader",
            "--array",
            "--states=all",
            `--format=${QUEUE_FORMAT}`,
            wanted,
          ]),
        );
    } catch (error) {
      // Asked for a single job that it has forgotten, squeue fails; of several it leaves those out.
      if (error instanceof UserError && /Invalid job id/i.test(error.message)) return [];
      throw error;
    }
  }

  return {
    mostElements: async () => (await configuration()).mostElements,
    async submit(args, environment) {
      const patient = {
        ...patience(SECONDS),
        signal: delayed(signal, SUBMIT_GRACE_MS),
        // It would try again for minutes, and say no more than this.
        enough: TRIES_AGAIN,
      };
      const { success, code, stdout, stderr } = await askSlurm("sbatch", args, patient, environment);
      if (!success) {
        if (isFull(stderr)) return { kind: "full", said: plain(stderr.trim().split("\n")[0]!, "sbatch") };
        throw refusalOf("sbatch", code, stderr);
      }
      // In a federation the cluster's name follows.
      const job = /^(\d+)(?:;\S+)?$/.exec(stdout.trim())?.[1];
      if (job === undefined) throw notUnderstood("sbatch", stdout);
      return { kind: "job", job };
    },
    async find(name, folder) {
      const args = ["--me", "--noheader", "--states=all", `--format=${OWN_FORMAT}`];
      return findOwn(await ask("squeue", args), name, folder);
    },
    async query(jobs) {
      const views = new Map<string, JobView>();
      for (let from = 0; from < jobs.length; from += MOST_ARGUMENTS) {
        for (const view of await queue(jobs.slice(from, from + MOST_ARGUMENTS))) views.set(view.job, view);
      }
      const known = new Set([...views.keys()].map((name) => name.split("_")[0]!));
      const forgotten = jobs.filter((job) => !known.has(job));
      for (const view of await accounts(forgotten, ask)) views.set(view.job, view);
      return views;
    },
    async cancel(jobs) {
      for (let from = 0; from < jobs.length; from += MOST_ARGUMENTS) {
        const args = ["--quiet", ...jobs.slice(from, from + MOST_ARGUMENTS)];
        const answer = await askSlurm("scancel", args, patience(SECONDS));
        const troubles = answer.stderr.split("\n").filter((line) => line.trim() !== "" && !OVER.test(line));
        if (!answer.success && troubles.length > 0) {
          throw refusalOf("scancel", answer.code, troubles.join("\n"));
        }
      }
    },
    async requeue(job) {
      await call("scontrol", ["requeue", job], patience(SECONDS));
    },
  };
}

/** How `sbatch` says that it waits for room: the cluster has as many jobs as it may have. */
const TRIES_AGAIN = /(?:unable to accept job|job queue full), sleeping and retrying/i;

/** Whether it was the number of jobs that was refused: of the submitter's, or of all. */
function isFull(said: string): boolean {
  if (TRIES_AGAIN.test(said)) return true;
  // The limit that was met has a line of its own; without it the sentence may mean any.
  const limits = said.match(/\b(?:Assoc|QOS)[A-Za-z]*(?:Limit|Max)\w*/g);
  return limits === null ? /job submit limit/i.test(said) : limits.some((limit) => /Submit/.test(limit));
}

/** How `scancel` says that a job ended a moment ago, or was forgotten since: that is what was wanted. */
const OVER = /invalid job id|already complet/i;

/** From the cluster's accounting, which not every cluster has. */
async function accounts(
  jobs: readonly string[],
  ask: (command: string, args: readonly string[]) => Promise<string>,
): Promise<readonly JobView[]> {
  if (jobs.length === 0) return [];
  const args = ["--noheader", "--allocations", "--array", "--parsable2", `--format=${ACCOUNTING_FORMAT}`];
  try {
    return parseAccountingText(await ask("sacct", [...args, `--jobs=${jobs.join(",")}`]));
  } catch (error) {
    if (error instanceof UserError && error.reason === "cluster") return [];
    throw error;
  }
}

async function call(
  command: string,
  args: readonly string[],
  patience: Patience,
  input?: string,
): Promise<string> {
  const { success, code, stdout, stderr } = await askSlurm(command, args, patience, input);
  if (!success) throw refusalOf(command, code, stderr);
  return stdout;
}

/** Aborted some time after another. */
function delayed(signal: AbortSignal, ms: number): AbortSignal {
  const later = new AbortController();
  signal.addEventListener("abort", () => setTimeout(() => later.abort(), ms), { once: true });
  return later.signal;
}
