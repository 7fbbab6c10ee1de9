/** What `cancel` says of a command line that it cannot follow. */
import { assertEquals, assertMatch } from "@std/assert";
import { Project } from "../../support/project.ts";
import { assertRefused } from "../../support/refused.ts";

Deno.test("cancel wants tasks or --all, and says so of neither as of both", async () => {
  await using project = new Project();
  for (
    const [args, wanted] of [
      [[], /Cannot tell what to cancel: name tasks/],
      [
        ["--all", "train", "evaluate"],
        /Cannot cancel both --all and train evaluate: .*Leave out one of them\./,
      ],
    ] as const
  ) {
    const result = await project.run("cancel", ...args);
    assertRefused(result, wanted);
    assertEquals(result.code, 2);
  }
  const all = await project.run("cancel", "--all");
  assertEquals(all.code, 0);
  assertMatch(all.stdout, /No task is queued or running/);
});
