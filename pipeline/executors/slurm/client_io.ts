/** Runs Slurm's commands. */
import { UserError } from "../../../lib/base/errors.ts";
import { SUBMIT_UMASK } from "./batch_script.ts";
import {
  ACCOUNTING_FORMAT,
  filtersJson,
  type JobView,
  parseAccountingText,
  parseConfig,
  parseQueueJson,
  parseQueueText,
  QUEUE_FORMAT,
} from "./queue.ts";

export interface SlurmClient {
  /** The cluster's MaxArraySize: indices of arrays are below it. */
  maxArraySize(): Promise<number>;
  /**
   * Submits a script with `sbatch`'s arguments.
   *
   * @param environment What `sbatch` reads from standard input. @returns Slurm's number of the job.
   */
  submit(args: readonly string[], environment: string): Promise<string>;
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

/** Arguments of one call; far below any system's limit. */
const MOST_ARGUMENTS = 500;

/** Every method throws a {@link UserError} "cluster" if a command is missing or refuses. */
export function slurmClient(): SlurmClient {
  let config: Promise<ReturnType<typeof parseConfig>> | undefined;
  const configuration = () => config ??= call("scontrol", ["show", "config"]).then(parseConfig);

  async function queue(jobs: readonly string[]): Promise<readonly JobView[]> {
    const wanted = `--jobs=${jobs.join(",")}`;
    const { version } = await configuration();
    try {
      return filtersJson(version)
        ? parseQueueJson(await call("squeue", ["--json", "--states=all", wanted]))
        : parseQueueText(
          await call("squeue", [
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
    maxArraySize: async () => (await configuration()).maxArraySize,
    async submit(args, environment) {
      const text = (await call("sbatch", args, environment)).trim();
      // In a federation the cluster's name follows.
      const job = /^(\d+)(?:;\S+)?$/.exec(text)?.[1];
      if (job === undefined) throw new Error(`Cannot understand what sbatch says: ${JSON.stringify(text)}`);
      return job;
    },
    async query(jobs) {
      const views = new Map<string, JobView>();
      for (let from = 0; from < jobs.length; from += MOST_ARGUMENTS) {
        for (const view of await queue(jobs.slice(from, from + MOST_ARGUMENTS))) views.set(view.job, view);
      }
      const known = new Set([...views.keys()].map((name) => name.split("_")[0]!));
      const forgotten = jobs.filter((job) => !known.has(job));
      for (const view of await accounts(forgotten)) views.set(view.job, view);
      return views;
    },
    async cancel(jobs) {
      for (let from = 0; from < jobs.length; from += MOST_ARGUMENTS) {
        // Jobs that ended a moment ago are no error.
        await call("scancel", ["--quiet", ...jobs.slice(from, from + MOST_ARGUMENTS)]);
      }
    },
    async requeue(job) {
      await call("scontrol", ["requeue", job]);
    },
  };
}

/** From the cluster's accounting, which not every cluster has. */
async function accounts(jobs: readonly string[]): Promise<readonly JobView[]> {
  if (jobs.length === 0) return [];
  const args = ["--noheader", "--allocations", "--array", "--parsable2", `--format=${ACCOUNTING_FORMAT}`];
  try {
    return parseAccountingText(await call("sacct", [...args, `--jobs=${jobs.join(",")}`]));
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

/** @param input For its standard input. */
async function call(command: string, args: readonly string[], input = ""): Promise<string> {
  const child = start(command, args);
  // A command that refuses its arguments does not read on.
  await new Blob([input]).stream().pipeTo(child.stdin).catch(() => {});
  const output = await child.output();
  const text = new TextDecoder();
  if (output.success) return text.decode(output.stdout);
  const said = text.decode(output.stderr).trim().split("\n").slice(-3).join(" ").replace(/\.?$/, ".");
  throw new UserError("cluster", `Cannot use Slurm: ${command} ended with status ${output.code}: ${said}`);
}

function start(command: string, args: readonly string[]): Deno.ChildProcess {
  const umask = Deno.umask(SUBMIT_UMASK);
  try {
    return new Deno.Command(command, { args: [...args], stdin: "piped", stdout: "piped", stderr: "piped" })
      .spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UserError(
      "cluster",
      `Cannot reach Slurm: there is no command ${command} on this machine. Run this where jobs are submitted, such ` +
        `as the cluster's login node, or without --executor.`,
    );
  } finally {
    Deno.umask(umask);
  }
}
