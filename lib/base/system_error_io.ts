/** Translates operating-system errors into sentences. */
import { UserError } from "./errors.ts";

/**
 * Turns operating-system errors that a user can act on (disk full, permission denied, too many files) into a {@link UserError}.
 *
 * @param error What was thrown.
 * @param doing What was being done, as in "write /path/file".
 * @returns A UserError, or `error` itself if it is none of these.
 */
export function explainSystemError(error: unknown, doing: string): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error;
  const code = (error as { code?: unknown }).code;
  if (code === "ENOSPC" || code === "EDQUOT" || /os error (28|122)\b|no space left/i.test(error.message)) {
    return new UserError(
      "disk-full",
      `Cannot ${doing}: the disk is full. Free some space and run the same command again.`,
      {
        cause: error,
      },
    );
  }
  if (code === "EROFS" || /os error 30\b/.test(error.message)) {
    return new UserError("permission-denied", `Cannot ${doing}: the file system is read-only.`, {
      cause: error,
    });
  }
  if (code === "EMFILE" || code === "ENFILE" || /too many open files|os error 2[34]\b/i.test(error.message)) {
    return new UserError(
      "system-limit",
      `Cannot ${doing}: the system lets too few files be open at a time. Allow more, as by \`ulimit -n 1024\`, or ` +
        `close other programs, and run the same command again.`,
      { cause: error },
    );
  }
  if (error instanceof Deno.errors.PermissionDenied || code === "EACCES" || code === "EPERM") {
    return new UserError("permission-denied", `Cannot ${doing}: permission denied (${error.message}).`, {
      cause: error,
    });
  }
  return error;
}
