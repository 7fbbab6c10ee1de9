/** The job of each task, with its state: from the submissions in the store, what Slurm says and what it said. */
import { exists } from "../../engine/store/atomic_io.ts";
import type { Store } from "../../engine/store/store_io.ts";
import type { SlurmClient } from "./client_io.ts";
import { refText } from "./batch_script.ts";
import { isOpen, type JobView, unlistedView } from "./queue.ts";
import {
  addEnded,
  eventsPath,
  listSubmissions,
  readEnded,
  readJobs,
  type Submission,
  type TaskJob,
} from "./submission_io.ts";

export interface TaskJobState {
  readonly taskJob: TaskJob;
  readonly submission: Submission;
  readonly view: JobView;
}

/**
 * Recipe -> its last job.
 *
 * @param client Asked only if there is a job whose end is not known yet.
 */
export async function readTaskJobs(
  store: Store,
  client: SlurmClient,
): Promise<ReadonlyMap<string, TaskJobState>> {
  const submissions = listSubmissions(store).map((submission) => ({
    submission,
    jobs: readJobs(submission),
    ended: readEnded(submission),
  }));
  const open = submissions.flatMap(({ jobs, ended }) => jobs.filter((job) => !ended.has(refText(job))));
  const numbers = [...new Set(open.map(({ job }) => job))];
  const views = numbers.length === 0 ? new Map<string, JobView>() : await client.query(numbers);
  const states = new Map<string, TaskJobState>();
  for (const { submission, jobs, ended } of submissions) {
    const found = new Map(jobs.map((job) => {
      const name = refText(job);
      return [
        name,
        ended.get(name) ?? views.get(name) ??
          unlistedView(name, views, exists(eventsPath(submission.folder, job.task))),
      ];
    }));
    addEnded(submission, [...found.values()].filter((view) => !isOpen(view.phase) && !ended.has(view.job)));
    for (const taskJob of jobs) {
      if (states.has(taskJob.recipe)) continue; // a newer submission's
      states.set(taskJob.recipe, { taskJob, submission, view: found.get(refText(taskJob))! });
    }
  }
  return states;
}
