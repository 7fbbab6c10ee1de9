/** Errors that a user can act on, told apart from bugs. */

/** Why a task or command failed, as machines read it. Sentences are for people, reasons for records. */
export type FailureReason =
  | "bad-audio"
  | "bad-config"
  | "bad-dataset"
  | "bad-file"
  | "backend-unavailable"
  | "cluster"
  | "disk-full"
  | "download-failed"
  | "input-changed"
  | "interrupted"
  | "loss-not-finite"
  | "permission-denied"
  | "store-damaged"
  | "system-limit"
  | "time-limit"
  | "usage"
  | "unexpected";

/**
 * A failure that is not a bug: its message is one sentence that says what was tried, what was found, what was
 * wanted and what to do, or several, each of a fault of its own. Command line and stages print the message alone; any
 * other error is reported as a bug.
 */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly reason: FailureReason;
  /** What is told of each fault; the message has a line for each. */
  readonly faults: readonly string[];

  constructor(
    reason: FailureReason,
    message: string | readonly string[],
    options?: { readonly cause?: unknown },
  ) {
    const faults = typeof message === "string" ? [message] : message;
    super(faults.join("\n"), options);
    this.reason = reason;
    this.faults = faults;
  }
}
