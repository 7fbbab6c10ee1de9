/** How a job's end is told when the job itself could not tell it. Pure. */
import type { FailureReason } from "../../../lib/base/errors.ts";
import { ENGINE_FORMAT, type FailureRecord, type TaskKey } from "../../engine/types.ts";
import type { JobView, SlurmPhase } from "./queue.ts";
import { gaveUpNote } from "./stuck.ts";

export interface EndedJob {
  readonly task: string;
  readonly view: JobView;
  /** Of its last attempt; empty if it never got that far. */
  readonly key: string;
  /** ISO 8601. */
  readonly time: string;
  /** The last lines of what it printed. */
  readonly logTail: readonly string[];
}

/** The failure that a job's state says there was; of its phases these are all but the good and the wanted ends. */
export function failureOf({ task, view, key, time, logTail }: EndedJob): Omit<FailureRecord, "log"> {
  const gaveUp = view.phase === "failed" ? gaveUpNote(view.reason) : undefined;
  return {
    format: ENGINE_FORMAT,
    key: key as TaskKey,
    task,
    reason: reasonOf(view.phase),
    message: gaveUp === undefined
      ? `Job ${view.job} ${describeEnd(view)}${
        view.phase === "completed" ? " without leaving a result" : ""
      }.`
      // Without the job's number, so that all that failed alike are told as that.
      : `Slurm gave its job up (${view.state}, ${view.reason}): ${gaveUp}`,
    failedAt: time,
    logTail,
  };
}

/** A job's state as the end of a sentence that begins with the job. */
export function describeEnd({ phase, state, nodes, reason }: JobView): string {
  const where = nodes === "" ? "" : ` on ${nodes}`;
  switch (phase) {
    case "queued":
      return `is queued${reason === "" ? "" : ` (${reason})`}`;
    case "running":
      return `runs${where}`;
    case "unknown":
      return `is in the state ${state}${where}, which this program does not know`;
    case "completed":
      return `ended${where}`;
    case "timed-out":
      return `reached its time limit${where} (${state})`;
    case "preempted":
      return `made way for another job${where} and was not queued again`;
    case "cancelled":
      return "was cancelled";
    case "blocked":
      return "was taken out of the queue because a job before it did not succeed";
    case "failed":
      return `failed${where} (${[state, reason].filter(Boolean).join(", ")})`;
    default:
      throw phase satisfies never;
  }
}

function reasonOf(phase: SlurmPhase): FailureReason {
  switch (phase) {
    case "timed-out":
      return "time-limit";
    case "preempted":
    case "cancelled":
      return "interrupted";
    default:
      return "cluster";
  }
}
