/** What an attempt at a task needs of whatever runs its stage. No logic. */
import type { Environment } from "../../../lib/base/environment.ts";
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
  readonly onReport: (report: StageReport) => void;
}

export interface LogSink {
  /** @throws {Error} If it cannot be written; the stage is then ended. */
  write(line: string): void;
}

export type TaskResult =
  /** @property environment As the stage says it; absent: it said nothing. */
  | { readonly kind: "done"; readonly environment?: Environment }
  | {
    readonly kind: "failed";
    readonly reason: FailureReason;
    readonly message: string;
    /** Of what is no failure that a user can act on: where it happened. */
    readonly stack?: string;
  }
  | { readonly kind: "cancelled" };

export interface StageRunner {
  /** Runs one stage to its end. Throws only for what is no result of the stage: a full disk, a bug. */
  run(launch: TaskLaunch): Promise<TaskResult>;
}
