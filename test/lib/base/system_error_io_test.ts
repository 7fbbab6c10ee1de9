import { assert, assertEquals } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { explainSystemError } from "../../../lib/base/system_error_io.ts";

const errors: readonly (readonly [Error, string, RegExp])[] = [
  [new Error("No space left on device (os error 28)"), "disk-full", /the disk is full/],
  [new Error("Read-only file system (os error 30)"), "permission-denied", /read-only/],
  [new Deno.errors.PermissionDenied("Permission denied (os error 13)"), "permission-denied", /denied/],
  [
    new Error("Failed to spawn '/usr/bin/deno': Too many open files (os error 24)"),
    "system-limit",
    /too few files be open at a time\. .*ulimit -n/,
  ],
  [new Error("Too many open files in system (os error 23)"), "system-limit", /too few files/],
];
for (const [error, reason, words] of errors) {
  Deno.test(`explainSystemError() makes a sentence of ${error.message}`, () => {
    const explained = explainSystemError(error, "do this");
    if (!(explained instanceof UserError)) throw new Error(`It is no UserError: ${explained}`);
    assertEquals([explained.reason, explained.cause], [reason, error]);
    assert(
      explained.message.startsWith("Cannot do this: ") && words.test(explained.message),
      explained.message,
    );
  });
}

Deno.test("explainSystemError() leaves alone what is no affair of the system's", () => {
  const error = new Error("matrix is singular (error 240)");
  assertEquals(explainSystemError(error, "do this"), error);
});
