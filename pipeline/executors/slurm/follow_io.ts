/** Follows jobs until all have ended: what they report becomes the run's events, what they cannot is read from Slurm. */
import { UserError } from "../../../lib/base/errors.ts";
import { sleep } from "../../engine/clock_io.ts";
import { dependenciesOf } from "../../engine/order.ts";
import type { RunEvent, TaskGraph, TaskSpec } from "../../engine/types.ts";
import { refText } from "./batch_script.ts";
import type { SlurmClient } from "./client_io.ts";
import { EventTail } from "./job_events_io.ts";
import { describeEnd, failureOf } from "./job_ending.ts";
import { isOpen, type JobView, unlistedView } from "./queue.ts";
import { addEnded, addToLog, eventsPath, lastPrinted, type Submission } from "./submission_io.ts";
import { type Ending, endsBadly } from "./ending.ts";
import { stuckNote } from "./stuck.ts";
import type { OpenJob } from "./submit_io.ts";

export interface FollowOptions {
  readonly graph: TaskGraph;
  readonly jobs: readonly OpenJob[];
  readonly client: SlurmClient;
  readonly pollSeconds: number;
  readonly failFast: boolean;
  readonly onEvent: (event: RunEvent) => void;
  /** Aborted: nobody looks any more; the jobs go on. */
  readonly signal: AbortSignal;
  /** Tasks that the cluster had no room for. */
  readonly rest?: Rest;
  /** What was told of single jobs, by all who have this set. */
  readonly told?: Set<string>;
}

/** What is submitted as jobs end. */
export interface Rest {
  /** Tasks without a job. */
  readonly left: ReadonlySet<string>;
  /** @returns New jobs. @throws {UserError} "cluster". */
  more(endings: ReadonlyMap<string, Ending>): Promise<readonly OpenJob[]>;
  /** Gives up tasks that read what was not made. @returns Each with what hinders it. */
  block(endings: ReadonlyMap<string, Ending>): ReadonlyMap<string, string>;
}

/** @returns How each job's task ended; those that had not when the signal came are not in it. */
export async function followJobs(options: FollowOptions): Promise<ReadonlyMap<string, Ending>> {
  const follower = new Follower(options);
  while (!options.signal.aborted && !follower.isOver) {
    if (follower.open > 0) await follower.look();
    await follower.submitMore();
    if (!follower.isOver) await sleep(options.pollSeconds * 1000, options.signal);
  }
  return follower.endings;
}

/** An event file may be seen later than the end of its job: so many looks are waited for it. */
const LATE_LOOKS = 3;

interface Followed {
  readonly task: string;
  /** As Slurm names the job. */
  readonly name: string;
  readonly submission: Submission;
  readonly tail: EventTail;
  /** Of the last attempt, for a failure that Slurm tells. */
  key: string;
  ran: boolean;
  looksAfterEnd: number;
}

class Follower {
  readonly endings = new Map<string, Ending>();
  readonly #options: FollowOptions;
  readonly #followed = new Map<string, Followed>();
  readonly #specs: ReadonlyMap<string, TaskSpec>;
  /** States that were told. */
  readonly #unknown = new Set<string>();
  readonly #told: Set<string>;
  /** Why jobs were queued at the last look. */
  #reasons: ReadonlyMap<string, string> = new Map();
  #unreachable = false;
  /** Tasks that ended without a job. */
  #given = 0;
  /** Why no more could be submitted, when that was told last. */
  #hindrance = "";

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#specs = new Map(options.graph.tasks.map((spec) => [spec.name, spec]));
    this.#told = options.told ?? new Set();
    this.#follow(options.jobs);
  }

  /** In the order of the graph, so that what blocks a task is known before the task is looked at. */
  #follow(jobs: readonly OpenJob[]): void {
    for (const { taskJob, submission } of jobs) {
      this.#followed.set(taskJob.task, {
        task: taskJob.task,
        name: refText(taskJob),
        submission,
        tail: new EventTail(eventsPath(submission.folder, taskJob.task)),
        key: "",
        ran: false,
        looksAfterEnd: 0,
      });
    }
  }

  get open(): number {
    return this.#followed.size + this.#given - this.endings.size;
  }

  get isOver(): boolean {
    const { rest, failFast } = this.#options;
    const more = rest !== undefined && rest.left.size > 0 && !(failFast && this.#hasFailed);
    return this.open === 0 && !more;
  }

  get #hasFailed(): boolean {
    return [...this.endings.values()].includes("failed");
  }

  async look(): Promise<void> {
    const views = await this.#query();
    if (views === undefined) return;
    this.#tellStuck(views);
    const ended = new Map<Submission, JobView[]>();
    for (const followed of this.#followed.values()) {
      if (this.endings.has(followed.task)) continue;
      const listed = views.get(followed.name);
      if (listed?.phase === "unknown") this.#tellUnknown(followed, listed);
      if (listed?.phase === "queued" && !followed.ran) continue;
      this.#read(followed);
      const view = listed ?? unlistedView(followed.name, views, followed.ran);
      if (!this.endings.has(followed.task) && !isOpen(view.phase)) {
        this.#endWithoutWord(followed, view);
      }
      if (this.endings.has(followed.task) && !isOpen(view.phase)) {
        ended.set(followed.submission, [...ended.get(followed.submission) ?? [], view]);
      }
    }
    for (const [submission, list] of ended) addEnded(submission, list);
    if (this.#options.failFast && this.#hasFailed) await this.#cancelOpen();
  }

  /** As long as jobs are open, what hinders that passes: it is said once, and tried again. */
  async submitMore(): Promise<void> {
    const { rest, onEvent, signal, failFast } = this.#options;
    if (rest === undefined || rest.left.size === 0 || signal.aborted) return;
    for (const [task, by] of rest.block(this.endings)) {
      onEvent({ type: "task-blocked", task, by });
      this.endings.set(task, "blocked");
      this.#given++;
    }
    if (failFast && this.#hasFailed) return;
    try {
      this.#follow(await rest.more(this.endings));
    } catch (error) {
      if (!(error instanceof UserError) || this.open === 0 || signal.aborted) throw error;
      const [task] = rest.left;
      if (this.#hindrance !== error.message) this.#warn(task!, `trying on: ${error.message}`);
      this.#hindrance = error.message;
    }
  }

  /** A cluster's controller may be away for a while: that is said once, and looked for again. */
  async #query(): Promise<ReadonlyMap<string, JobView> | undefined> {
    const open = [...this.#followed.values()].filter(({ task }) => !this.endings.has(task));
    const numbers = [...new Set(open.map(({ name }) => name.split("_")[0]!))];
    return await this.#ask(open[0]!.task, () => this.#options.client.query(numbers));
  }

  async #ask<Answer>(task: string, question: () => Promise<Answer>): Promise<Answer | undefined> {
    try {
      const answer = await question();
      this.#unreachable = false;
      return answer;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (!this.#unreachable && !this.#options.signal.aborted) {
        this.#warn(task, `Slurm does not answer, trying on: ${error.message}`);
        this.#unreachable = true;
      }
      return undefined;
    }
  }

  #tellUnknown({ task, name }: Followed, view: JobView): void {
    if (this.#unknown.has(view.state)) return;
    this.#unknown.add(view.state);
    this.#warn(task, `job ${name} ${describeEnd(view)}: waiting on, for all jobs of which this is said`);
  }

  /** Once of each job; a reason that has not stood for two looks may have been Slurm's first thought. */
  #tellStuck(views: ReadonlyMap<string, JobView>): void {
    const reasons = new Map<string, string>();
    const lasting = new Map<string, Followed[]>();
    for (const followed of this.#followed.values()) {
      const { name, task } = followed;
      const { phase, reason = "" } = views.get(name) ?? {};
      if (phase !== "queued" || reason === "" || this.endings.has(task)) continue;
      reasons.set(name, reason);
      if (this.#reasons.get(name) !== reason || this.#told.has(`${name} ${reason}`)) continue;
      const list = lasting.get(reason);
      if (list === undefined) lasting.set(reason, [followed]);
      else list.push(followed);
    }
    this.#reasons = reasons;
    for (const [reason, list] of lasting) {
      const note = stuckNote(list[0]!.name, reason, list.map(({ task }) => this.#specs.get(task)!));
      if (note === undefined) continue;
      for (const { name } of list) this.#told.add(`${name} ${reason}`);
      this.#warn(list[0]!.task, note);
    }
  }

  #warn(task: string, message: string): void {
    this.#options.onEvent({ type: "task-note", task, level: "warning", message });
  }

  #read(followed: Followed): void {
    for (const reported of followed.tail.read()) {
      const event = withPrinted(reported, followed);
      followed.ran = true;
      if ("key" in event && event.key !== "") followed.key = event.key;
      this.#options.onEvent(event);
      if (event.type === "task-done") this.endings.set(followed.task, "ran");
      else if (event.type === "task-fresh") this.endings.set(followed.task, "fresh");
      else if (event.type === "task-failed") this.endings.set(followed.task, "failed");
      else if (event.type === "task-blocked") this.endings.set(followed.task, "blocked");
    }
  }

  #endWithoutWord(followed: Followed, view: JobView): void {
    const { task, submission } = followed;
    if (view.phase === "blocked") {
      const by = dependenciesOf(this.#specs.get(task)!).find((it) => this.#isBroken(it)) ?? "an earlier job";
      this.#options.onEvent({ type: "task-blocked", task, by });
      this.endings.set(task, "blocked");
      return;
    }
    if (view.phase === "cancelled") {
      this.#options.onEvent({ type: "task-cancelled", task });
      this.endings.set(task, "cancelled");
      return;
    }
    if (followed.looksAfterEnd++ < LATE_LOOKS) return;
    const told = failureOf({
      task,
      view,
      key: followed.key,
      time: new Date().toISOString(),
      logTail: lastPrinted(submission, task),
    });
    const failure = { ...told, log: addToLog(submission, task, told.message) };
    this.#options.onEvent({ type: "task-failed", task, key: failure.key, failure });
    this.endings.set(task, "failed");
  }

  #isBroken(task: string): boolean {
    return endsBadly(this.endings.get(task));
  }

  async #cancelOpen(): Promise<void> {
    const open = [...this.#followed.values()].filter(({ task }) => !this.endings.has(task));
    if (open.length === 0) return;
    await this.#ask(open[0]!.task, () => this.#options.client.cancel(open.map(({ name }) => name)));
  }
}

/** A failure before an attempt is told with what its job printed: that is in its log only, for whoever may read it. */
function withPrinted(event: RunEvent, { submission, task }: Followed): RunEvent {
  if (event.type !== "task-failed" || event.key !== "") return event;
  return { ...event, failure: { ...event.failure, logTail: lastPrinted(submission, task) } };
}
