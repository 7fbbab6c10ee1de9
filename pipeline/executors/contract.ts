/** What an executor is: where tasks run, and what it knows of those that were given to it. No logic. */
import type { z } from "zod";
import type { JsonObject } from "../../lib/base/json.ts";
import type { Problem } from "../../lib/base/kinds.ts";
import type { Parsed } from "../../lib/base/record.ts";
import type { CodeReader } from "../engine/code/closure_io.ts";
import type { Executor } from "../engine/executor.ts";
import type { Store } from "../engine/store/store_io.ts";
import type { TaskGraph, TaskKey } from "../engine/types.ts";

export interface ExecutorKind<Schema extends z.ZodObject = z.ZodObject> {
  /** Of `conf/executor/<name>.yaml`, in snake_case, with a literal `kind`. */
  readonly schema: Schema;
  check(settings: Parsed<Schema>): readonly Problem[];
  /** How many graphics cards a task gets that computes on one; null: those of this machine, which are looked for. */
  gpus(settings: Parsed<Schema>): number | null;
  /**
   * Starts nothing.
   *
   * @throws {UserError} "usage": something is asked for that makes no sense where tasks run. "bad-config": a setting
   *   that only a look at this machine shows to be none.
   */
  open(settings: Parsed<Schema>, placement: Placement): Promise<OpenExecutor>;
  /** Nothing if no task of this store was ever left to the executor by a command that then ended. */
  jobs(store: Store): Promise<StoreJobs | undefined>;
}

/** What a command line says of how a graph is run. */
export interface Placement {
  /** Folder of `deno.json` and `deno.lock`. */
  readonly projectRoot: string;
  /** Return when everything is handed over. */
  readonly detach: boolean;
  readonly failFast: boolean;
  /** Most tasks at a time. */
  readonly jobs: number | undefined;
  /** Most threads of all tasks together. */
  readonly threads: number | undefined;
}

/** What tasks of one machine share. */
export interface Room {
  readonly tasks: number;
  readonly threads: number;
}

export interface OpenExecutor extends Executor {
  /** Most tasks at a time, and threads of all of them; null where that is nobody's to know. */
  readonly room: Room | null;
}

/** Tasks of one store that go on, or went on, without the command that started them. */
export interface StoreJobs {
  /**
   * The last job of each task of a graph, of the tasks as they are now; without those that ended well.
   * @throws {UserError} "cluster": it cannot be asked.
   */
  status(graph: TaskGraph, code: CodeReader): Promise<ReadonlyMap<string, JobStatus>>;
  /** What is queued or running. @throws {UserError} "cluster". */
  open(): Promise<readonly OpenJob[]>;
  /** Ends jobs, or takes them out of the queue. @param jobs As {@link open} gave them. */
  cancel(jobs: readonly OpenJob[]): Promise<void>;
  /** What the last job of each task printed, by task. @throws {UserError} "cluster". */
  logs(): Promise<ReadonlyMap<string, JobLog>>;
  /**
   * Keys of results that open jobs may read or make, whether or not the executor can be asked from here: what is not
   * known to have ended is open.
   */
  needed(warn: (message: string) => void): Promise<readonly TaskKey[]>;
  /** Another text whenever something was submitted. */
  submitted(): string;
  /** Files and folders, relative to the store's root, that jobs left which ended longer ago than `keepMs`. */
  leftovers(keepMs: number, warn: (message: string) => void): Promise<readonly string[]>;
}

/** How a job is, in one word. */
export const JOB_PHASES = [
  "running",
  "queued",
  "failed",
  "timed-out",
  "preempted",
  "cancelled",
  /** Taken out of the queue because a job that it waits for did not end well. */
  "blocked",
  /** In a state that the program does not know: it may still do something. */
  "unknown",
] as const;
export type JobPhase = typeof JOB_PHASES[number];

export interface JobStatus {
  readonly phase: JobPhase;
  /** Where it is and how far, or why it ended: `job 12 runs on node3, 4 of 30 epochs`. */
  readonly words: string;
  /** Which job it is, with all that the executor calls it. */
  readonly identity: string;
  /** Absolute path of what it printed, if there is something. */
  readonly log?: string;
  /** For programs: `--json`. */
  readonly record: JsonObject;
}

export interface OpenJob {
  readonly task: string;
  readonly stage: string;
  /** As the executor names it. */
  readonly job: string;
}

export interface JobLog {
  readonly title: string;
  /** Absolute. */
  readonly path: string;
}
