/** What is known of a store's jobs on the cluster, for whoever asks an executor. */
import { UserError } from "../../../lib/base/errors.ts";
import type { Store } from "../../engine/store/store_io.ts";
import type { TaskKey } from "../../engine/types.ts";
import type { JobLog, JobStatus, StoreJobs } from "../contract.ts";
import { refText } from "./batch_script.ts";
import { slurmClient } from "./client_io.ts";
import { graphRecipes } from "./graph_recipes_io.ts";
import { describeEnd } from "./job_ending.ts";
import { lastWords } from "./job_events_io.ts";
import { isOpen } from "./queue.ts";
import { neededBy } from "./needed_io.ts";
import { allEnded, jobLogPath, listSubmissions, oldSubmissions } from "./submission_io.ts";
import { readRestarts, restartWords } from "./restarts_io.ts";
import { readTaskJobs, type TaskJobState } from "./task_jobs_io.ts";

/** @returns Nothing if nothing was ever submitted from the store: then there is no need to ask Slurm. */
export function jobsOf(store: Store): StoreJobs | undefined {
  if (listSubmissions(store).length === 0) return undefined;
  const client = slurmClient();
  const last = () => readTaskJobs(store, client);
  /** Notes down, once, which jobs have ended of those whose end nobody saw. */
  let asked: Promise<void> | undefined;
  const askForEnds = (warn: (message: string) => void): Promise<void> =>
    asked ??= last().then(() => {}, (error) => {
      if (!(error instanceof UserError)) throw error;
      warn(`Submissions whose jobs may still run are kept. ${error.message}`);
    });
  return {
    async status(graph, code) {
      const recipes = await graphRecipes(graph, store, code);
      const jobs = await last();
      return new Map([...recipes].flatMap(([task, recipe]) => {
        const status = statusOf(jobs.get(recipe));
        return status === undefined ? [] : [[task, status]];
      }));
    },
    async open() {
      return [...(await last()).values()].filter(({ view }) => isOpen(view.phase))
        .map(({ taskJob }) => ({ task: taskJob.task, stage: taskJob.stage, job: refText(taskJob) }));
    },
    cancel: (jobs) => client.cancel(jobs.map(({ job }) => job)),
    logs: async () => newestLogs((await last()).values()),
    async needed(warn) {
      await askForEnds(warn);
      const keys = new Set<TaskKey>();
      for (const submission of listSubmissions(store).filter((it) => !allEnded(it))) {
        try {
          for (const key of await neededBy(submission, store)) keys.add(key);
        } catch (error) {
          warn(`What submission ${submission.id} needs is not known: ${(error as Error).message}`);
        }
      }
      return [...keys];
    },
    submitted: () => listSubmissions(store).map(({ id }) => id).join(),
    async leftovers(keepMs, warn) {
      await askForEnds(warn);
      return oldSubmissions(store, keepMs);
    },
  };
}

function statusOf(state: TaskJobState | undefined): JobStatus | undefined {
  if (state === undefined) return undefined;
  const { view, submission, taskJob: { task } } = state;
  const { phase } = view;
  if (phase === "completed") return undefined;
  const { progress, failure } = lastWords(submission.folder, task);
  const far = progress === undefined || !isOpen(phase)
    ? ""
    : phase === "queued"
    ? `; goes on after ${progress}`
    : `, ${progress}`;
  const restarts = readRestarts(submission.folder, task);
  const again = restarts.count === 0 || !isOpen(phase) ? "" : ` (${restartWords(restarts)})`;
  const log = jobLogPath(submission, task);
  return {
    phase,
    words: phase === "failed" && failure !== undefined
      ? failure
      : `job ${view.job} ${describeEnd(view)}${far}${again}`,
    identity: `job ${view.job} (${view.state}), submitted as ${submission.id}`,
    ...(hasText(log) ? { log } : {}),
    record: { ...view, restarts: restarts.count },
  };
}

/** A job's log is there when the job has begun. */
function hasText(path: string): boolean {
  try {
    return Deno.statSync(path).size > 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Several definitions of a task may have had jobs: the newest submission counts. */
function newestLogs(states: Iterable<TaskJobState>): ReadonlyMap<string, JobLog> {
  const newest = new Map<string, TaskJobState>();
  for (const state of states) {
    const known = newest.get(state.taskJob.task);
    if (known === undefined || known.submission.id < state.submission.id) {
      newest.set(state.taskJob.task, state);
    }
  }
  return new Map([...newest].map(([task, { submission, view }]) => [task, {
    title: `job ${view.job}, which ${describeEnd(view)}`,
    path: jobLogPath(submission, task),
  }]));
}
