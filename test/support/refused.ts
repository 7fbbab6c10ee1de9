/** What a user sees of bad input. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { CommandResult } from "./project.ts";

/** Exactly one error line, no stack trace, the wanted exit status. */
export function assertRefused({ code, stderr }: CommandResult, wanted: RegExp): void {
  assert(code !== 0, "it should have failed");
  const errors = stderr.split("\n").filter((line) => /^error:|failed:/.test(line.trim()));
  assertEquals(errors.length, 1, stderr);
  assertMatch(errors[0]!, wanted);
  assert(!/^\s+at /m.test(stderr), `a stack trace reached the user:\n${stderr}`);
}
