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
  | "time-limit"
  | "usage"
  | "unexpected";

/**
 * A failure that is not a bug: its message is one sentence that says what was tried, what was found, what was
 * wanted and what to do. Command line and stages print the message alone; any other error is reported as a bug.
 */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}
