/** What an attempt at a task needs of whatever runs its stage. No logic. */
import type { FailureReason } from "../../../lib/base/errors.ts";
import type { StageMessage, StageRequest } from "../stage.ts";
import type { TaskSpec } from "../types.ts";

/** What a stage says while it runs. */
export type StageReport = Extract<StageMessage, { type: "progress" | "note" }>;

export interface TaskLaunch {
  readonly spec: TaskSpec;
  readonly request: StageRequest;
  /** Takes the log line by line. */
  readonly log: LogSink;
  /** Aborted: the stage is to end now. */
  readonly signal: AbortSignal;
  /** The stage runs, as a process with this number if it is one of this machine. */
  readonly onStarted: (pid: number | undefined) => void;
  readonly onReport: (report: StageReport) => void;
}

export interface LogSink {
  /** @throws {Error} If it cannot be written; the stage is then ended. */
  write(line: string): void;
}

export type TaskResult =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly reason: FailureReason; readonly message: string }
  | { readonly kind: "cancelled" };

export interface StageRunner {
  /** Runs one stage to its end. Throws only for what is no result of the stage: a full disk, a bug. */
  run(launch: TaskLaunch): Promise<TaskResult>;
}
