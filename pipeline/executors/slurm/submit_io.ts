/**
 * Hands what is stale to Slurm: one job a task, alike tasks as arrays. What is queued already stays as it is. What the
 * cluster has no room for follows as jobs end.
 */
import { UserError } from "../../../lib/base/errors.ts";
import { ABSENT } from "../../engine/code/closure_io.ts";
import { cachePackages } from "../../engine/code/packages_io.ts";
import type { ExecutionRequest } from "../../engine/executor.ts";
import { matchTasks } from "../../engine/match_tasks.ts";
import { dependenciesOf, orderTasks } from "../../engine/order.ts";
import type { Plan } from "../../engine/plan.ts";
import { planRun } from "../../engine/run.ts";
import type { HeldLock } from "../../engine/store/lock_io.ts";
import type { ContentDigest, TaskKey, TaskSpec } from "../../engine/types.ts";
import { settleAsked } from "./asked_io.ts";
import { refText } from "./batch_script.ts";
import type { SlurmClient } from "./client_io.ts";
import { type Ending, endsBadly } from "./ending.ts";
import { externalDigests } from "./graph_recipes_io.ts";
import { type JobGroup, planJobs } from "./job_plan.ts";
import { keptNote } from "./kept_values.ts";
import { isOpen } from "./queue.ts";
import { recipesOf } from "./recipe.ts";
import type { SlurmSettings } from "./settings.ts";
import { snapshotCode } from "./snapshot_io.ts";
import {
  createSubmission,
  type Manifest,
  readSettings,
  type Submission,
  type TaskJob,
  writeSettings,
} from "./submission_io.ts";
import { type GroupOptions, submitGroup } from "./submit_group_io.ts";
import { readTaskJobs } from "./task_jobs_io.ts";

export interface SubmitOptions {
  readonly request: ExecutionRequest;
  readonly plan: Plan;
  readonly projectRoot: string;
  readonly settings: SlurmSettings;
  /** Most elements of an array at a time. */
  readonly most: number | undefined;
  readonly client: SlurmClient;
  /** Brings in the npm packages, so that no job needs the network for its code. */
  readonly prepare?: (lock?: string) => Promise<void>;
  /** Jobs of which was told that they keep their own values, in all submissions that have this set. */
  readonly told?: Set<string>;
}

/** A task's open job and the submission it belongs to. */
export interface OpenJob {
  readonly taskJob: TaskJob;
  readonly submission: Submission;
}

/** @returns Nothing if the request was aborted before it came to that. */
export async function beginSubmission(options: SubmitOptions): Promise<Submitter | undefined> {
  if ([...options.plan.values()].every((state) => state.kind === "fresh")) {
    return new Submitter(options, NO_WORK);
  }
  return await underLock(options.request, async () => {
    await settleAsked(options.request.store, options.client);
    const submitter = new Submitter(options, await openWork(options));
    await submitter.submit();
    return submitter;
  });
}

/** So much of what the cluster had room for must be free again before more is submitted. */
const ENOUGH_ROOM = 0.1;

/** Submits a graph's tasks in as many steps as the cluster's limits make of it. */
export class Submitter {
  readonly #options: SubmitOptions;
  readonly #work: OpenWork;
  readonly #left: Set<string>;
  /** Jobs that were not known to have ended when last looked at. */
  readonly #open = new Map<string, OpenJob>();
  readonly #specs: ReadonlyMap<string, TaskSpec>;
  #opened: GroupOptions | undefined;
  /** Groups of the submission. */
  #groups = 0;
  /** How many jobs there were when no more were taken. */
  #most = Infinity;
  #told = false;

  constructor(options: SubmitOptions, work: OpenWork) {
    this.#options = options;
    this.#work = work;
    this.#left = new Set(work.submit);
    this.#specs = new Map(options.request.graph.tasks.map((spec) => [spec.name, spec]));
    for (const job of work.queued) this.#open.set(job.taskJob.task, job);
  }

  /** The open job of each task that has one. */
  get open(): readonly OpenJob[] {
    return [...this.#open.values()];
  }

  /** Tasks that were not fresh. */
  get total(): number {
    return this.#work.submit.size + this.#work.queued.length;
  }

  /** Tasks that have no job yet. */
  get left(): ReadonlySet<string> {
    return this.#left;
  }

  /**
   * Submits what the cluster has room for again.
   *
   * @param endings How tasks ended so far.
   * @returns New jobs, those of others too that do the same.
   */
  async more(endings: ReadonlyMap<string, Ending>): Promise<readonly OpenJob[]> {
    for (const task of endings.keys()) this.#open.delete(task);
    if (this.#left.size === 0) return [];
    if (this.#open.size > 0 && this.#room < ENOUGH_ROOM * this.#most) return [];
    return await underLock(this.#options.request, async () => {
      const others = await this.#takeOver();
      this.#tellKept(others);
      return [...others, ...await this.submit()];
    }) ?? [];
  }

  /** Gives up tasks that read what was not made. @returns Each with what hinders it. */
  block(endings: ReadonlyMap<string, Ending>): ReadonlyMap<string, string> {
    const blocked = new Map<string, string>();
    if (this.#left.size === 0) return blocked;
    for (const spec of orderTasks(this.#options.request.graph)) {
      if (!this.#left.has(spec.name)) continue;
      const by = dependenciesOf(spec).find((name) => blocked.has(name) || endsBadly(endings.get(name)));
      if (by === undefined) continue;
      blocked.set(spec.name, by);
      this.#left.delete(spec.name);
    }
    return blocked;
  }

  get #room(): number {
    return Math.max(0, this.#most - this.#open.size);
  }

  /** For who holds the lock. @returns New jobs. @throws {UserError} "cluster": there will be no room. */
  async submit(): Promise<readonly OpenJob[]> {
    const jobs: OpenJob[] = [];
    let size = this.#left.size === 0 ? 1 : await this.#options.client.mostElements();
    let [groups, isFull] = [0, false];
    while (this.#left.size > 0 && this.#room > 0) {
      const plan = this.#plan(Math.min(size, this.#room));
      const step = await this.#submitGroups(plan);
      jobs.push(...step.jobs);
      groups += step.groups;
      if (step.full === undefined) continue;
      const { members } = plan[step.groups]!;
      // Half as many may be taken.
      if (members.length > 1) size = Math.ceil(members.length / 2);
      else this.#refused(step.full);
      isFull = members.length === 1;
    }
    // There may be more than there was: others had a part in it.
    if (!isFull) this.#most = Math.ceil(this.#most * (1 + ENOUGH_ROOM));
    this.#tell(jobs, groups);
    return jobs;
  }

  #plan(mostElements: number): readonly JobGroup[] {
    return planJobs(this.#options.request.graph, {
      submit: this.#left,
      queued: new Map([...this.#open].map(([task, { taskJob }]) => [task, taskJob])),
      settings: this.#options.settings,
      mostElements,
      before: this.#groups,
    });
  }

  /** As many of a plan as there is room for. */
  async #submitGroups(plan: readonly JobGroup[]): Promise<Step> {
    this.#opened ??= await this.#openGroups();
    const numbers: string[] = [];
    const jobs: OpenJob[] = [];
    for (const group of plan) {
      if (group.members.length > this.#room) break;
      const answer = await submitGroup(this.#opened, group, numbers).catch((error) => {
        throw error instanceof UserError ? this.#cutOff(error) : error;
      });
      if ("full" in answer) return { jobs, groups: numbers.length, full: answer.full };
      numbers.push(answer[0]!.job);
      this.#groups++;
      for (const taskJob of answer) {
        const job = { taskJob, submission: this.#opened.submission };
        this.#left.delete(taskJob.task);
        this.#open.set(taskJob.task, job);
        jobs.push(job);
      }
    }
    return { jobs, groups: numbers.length };
  }

  /** Freezes what is asked for and the code that does it. */
  async #openGroups(): Promise<GroupOptions> {
    const { request: { graph, store, code }, projectRoot, settings, prepare, most, client } = this.#options;
    const locks = new Set(graph.tasks.map(({ permissions }) => permissions.lock));
    for (const lock of locks) await (prepare ?? ((lock) => cachePackages(projectRoot, lock)))(lock);
    const manifests = new Set(graph.tasks.map(({ module, kinds }) => code.manifest(module, kinds)));
    const sources = [...manifests].flatMap(({ files }) =>
      Object.keys(files).filter((name) => files[name] !== ABSENT)
    );
    const lockFiles = [...locks].filter((lock) => lock !== undefined);
    const codeRoot = await snapshotCode(projectRoot, [...sources, ...lockFiles], store);
    const manifest: Manifest = {
      format: 1,
      submittedAt: new Date().toISOString(),
      codeRoot,
      graph,
      externals: this.#work.externals,
      forced: [...this.#work.forced],
      maxRequeues: settings.maxRequeues,
      warnSeconds: settings.warnSeconds,
    };
    const submission = createSubmission(store, manifest);
    writeSettings(submission, settings);
    return {
      submission,
      manifest,
      settings,
      most,
      client,
      spec: (task) => this.#specs.get(task)!,
      recipe: (task) => this.#work.recipes.get(task)!,
    };
  }

  /** Jobs that others submitted meanwhile for what is left. */
  async #takeOver(): Promise<readonly OpenJob[]> {
    const { request: { store }, client } = this.#options;
    const known = await readTaskJobs(store, client);
    const jobs: OpenJob[] = [];
    for (const task of this.#left) {
      const state = known.get(this.#work.recipes.get(task)!);
      if (state === undefined || !isOpen(state.view.phase) || this.#work.forced.has(task)) continue;
      this.#left.delete(task);
      this.#open.set(task, state);
      jobs.push(state);
    }
    return jobs;
  }

  /** Nothing at all is taken: that is told once, and waited for where something of one's own makes room some time. */
  #refused(said: string): void {
    const { request: { onEvent } } = this.#options;
    const [task] = this.#left;
    if (this.#open.size === 0) {
      throw new UserError(
        "cluster",
        `Cannot use Slurm: it takes no job, and none of this store's is queued or runs whose end would make room: ` +
          `sbatch says "${said}". Run the same command again when there is room.`,
      );
    }
    if (this.#most === Infinity) {
      const message = `Slurm takes no more jobs for now (sbatch says "${said}"): ` +
        `${this.#left.size} tasks follow as others end`;
      onEvent?.({ type: "task-note", task: task!, level: "warning", message });
    }
    this.#most = this.#open.size;
  }

  #tell(jobs: readonly OpenJob[], groups: number): void {
    const { onEvent } = this.#options.request;
    if (this.#told && jobs.length === 0) return;
    const queued = this.#told ? [] : this.#work.queued;
    this.#told = true;
    for (const { taskJob } of [...queued, ...jobs]) {
      onEvent?.({ type: "task-queued", task: taskJob.task, job: refText(taskJob) });
    }
    onEvent?.({
      type: "submitted",
      tasks: jobs.length,
      jobs: groups,
      queued: queued.length,
      folder: this.#opened?.submission.folder ?? "",
    });
    this.#tellKept(queued);
  }

  /** What is asked for now does not reach jobs that were submitted before. */
  #tellKept(jobs: readonly OpenJob[]): void {
    const { request: { onEvent }, settings, told } = this.#options;
    const known = new Map<string, SlurmSettings | undefined>();
    const submitted = jobs.flatMap(({ taskJob, submission }) => {
      const job = refText(taskJob);
      if (told?.has(job) === true) return [];
      told?.add(job);
      if (!known.has(submission.id)) known.set(submission.id, readSettings(submission));
      const then = known.get(submission.id);
      return then === undefined ? [] : [{ spec: this.#specs.get(taskJob.task)!, job, settings: then }];
    });
    const note = keptNote(submitted, settings);
    if (note !== undefined) onEvent?.({ type: "task-note", level: "warning", ...note });
  }

  #cutOff({ reason, message }: UserError): UserError {
    const [all, left] = [this.#work.submit.size, this.#left.size];
    return new UserError(
      reason,
      left === all
        ? message
        : `${message} ${
          all - left
        } of ${all} tasks were submitted before that; the same command submits the rest.`,
    );
  }
}

interface Step {
  readonly jobs: readonly OpenJob[];
  readonly groups: number;
  /** What `sbatch` said when there was no room for the next group. */
  readonly full?: string;
}

/** What is not done yet. */
interface OpenWork {
  readonly submit: ReadonlySet<string>;
  readonly queued: readonly OpenJob[];
  readonly forced: ReadonlySet<string>;
  readonly recipes: ReadonlyMap<string, string>;
  readonly externals: Readonly<Record<string, ContentDigest>>;
}

const NO_WORK: OpenWork = {
  submit: new Set(),
  queued: [],
  forced: new Set(),
  recipes: new Map(),
  externals: {},
};

async function openWork({ request, plan: planned, client }: SubmitOptions): Promise<OpenWork> {
  const { graph, store, code } = request;
  const externals = await externalDigests(graph.tasks, store);
  const recipes = recipesOf(graph, {
    code: (module, kinds) => code.manifest(module, kinds),
    external: (path) => externals[path]!,
  });
  const forced = matchTasks(request.force ?? [], graph.tasks);
  const known = await readTaskJobs(store, client);
  const jobOf = (task: string) => known.get(recipes.get(task)!);
  // A job that ended since the plan was made may have left a result.
  const moved = [...planned].some(([task, state]) =>
    state.kind !== "fresh" && jobOf(task)?.view.phase === "completed"
  );
  const plan = moved ? await planRun(request) : planned;
  const queued: OpenJob[] = [];
  const submit = new Set<string>();
  for (const [task, state] of plan) {
    if (state.kind === "fresh") {
      if (planned.get(task)!.kind !== "fresh") reportFresh(request, task, state.key);
      continue;
    }
    const job = jobOf(task);
    if (job !== undefined && isOpen(job.view.phase) && !forced.has(task)) queued.push(job);
    else submit.add(task);
  }
  return { submit, queued, forced, recipes, externals };
}

/** Notes down and tells that a task needs no job. */
export function reportFresh({ store, onEvent }: ExecutionRequest, task: string, key: TaskKey): void {
  store.markLast(task, key);
  onEvent?.({ type: "task-fresh", task, key });
}

/** Waits for another process that submits. @returns Nothing if the request is aborted before. */
async function underLock<Result>(
  request: ExecutionRequest,
  action: () => Promise<Result>,
): Promise<Result | undefined> {
  const lock = await submissionLock(request);
  if (lock === undefined) return undefined;
  try {
    return await action();
  } finally {
    lock.release();
  }
}

async function submissionLock({ store, signal }: ExecutionRequest): Promise<HeldLock | undefined> {
  const stop = signal ?? new AbortController().signal;
  while (!stop.aborted) {
    const attempt = store.trySubmissionLock();
    if (attempt.kind === "held") return attempt.lock;
    await attempt.watch.untilFree(stop);
  }
  return undefined;
}
