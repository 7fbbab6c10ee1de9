/**
 * What `sbatch` was asked for and did not answer: the controller may have taken it all the same. It is noted down before
 * each call and struck out after the answer, so that whoever submits next looks for it and submits nothing twice.
 */
import { exists, writeAtomically } from "../../engine/store/atomic_io.ts";
import type { Store } from "../../engine/store/store_io.ts";
import type { SlurmClient } from "./client_io.ts";
import { addJobs, askedPath, listSubmissions, type Submission, type TaskJob } from "./submission_io.ts";

/** A job that may have been submitted. */
export interface Asked {
  /** Its name, which no other job of its submission has. */
  readonly name: string;
  readonly tasks: readonly Omit<TaskJob, "job">[];
}

export function noteAsked(submission: Submission, asked: Asked): void {
  writeAtomically(askedPath(submission), JSON.stringify(asked), { sync: false });
}

export function strikeOut(submission: Submission): void {
  Deno.removeSync(askedPath(submission));
}

/** Finds out what became of jobs that nobody heard of, and notes down those that there are. For who holds the lock. */
export async function settleAsked(store: Store, client: SlurmClient): Promise<void> {
  for (const submission of listSubmissions(store)) {
    if (!exists(askedPath(submission))) continue;
    const { name, tasks } = JSON.parse(Deno.readTextFileSync(askedPath(submission))) as Asked;
    const job = await client.find(name, submission.folder);
    if (job !== undefined) addJobs(submission, tasks.map((task) => ({ ...task, job })));
    strikeOut(submission);
  }
}
