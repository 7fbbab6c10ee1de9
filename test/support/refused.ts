/** What a user sees of bad input. */
import { assert, assertMatch } from "@std/assert";
import type { CommandResult } from "./project.ts";

/** Exactly one error line (or up to `most` that say the same of as many files), no stack trace, a status of failure. */
export function assertRefused({ code, stderr }: CommandResult, wanted: RegExp, most = 1): void {
  assert(code !== 0, "it should have failed");
  const errors = stderr.split("\n").filter((line) => /^error:|failed:/.test(line.trim()));
  assert(errors.length >= 1 && errors.length <= most, stderr);
  for (const error of errors) assertMatch(error, wanted);
  assert(!/^\s+at /m.test(stderr), `a stack trace reached the user:\n${stderr}`);
}
