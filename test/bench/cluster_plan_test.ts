/** That what the README tells of ten thousand tasks is measured and simulated as it says, on fewer. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { tempDir } from "../support/temp_dir.ts";
import { measure } from "./cluster_plan_io.ts";

Deno.test("a sweep is planned, submitted and simulated to its end, with a limit of jobs and without", async () => {
  await using dir = tempDir();
  const options = { seeds: 12, slots: 10, limit: 25 };
  const told: string[] = [];
  const costs = await measure(options, dir.path, (text) => told.push(text));
  const { tasks, unlimited, limited } = costs;
  assert(tasks > 15 * 12 && tasks < 15 * 12 + 30, `${tasks} tasks`);
  assert(costs.calls < 40 && costs.arrays < costs.calls, `${costs.calls} calls, ${costs.arrays} arrays`);
  assertEquals(costs.scripts.files, costs.calls);
  assertEquals(unlimited.refused, 0);
  assert(limited.refused > 0 && limited.calls < 3 * tasks, `${limited.refused} of ${limited.calls} refused`);
  for (const { seconds, least, busy } of [unlimited, limited]) {
    // First come first served is never twice as slow as the best order (Graham 1966); what is submitted late costs more.
    assert(least <= seconds && seconds < 3 * least, `${least} <= ${seconds}`);
    assert(busy > 0 && busy <= 1, `${busy}`);
  }
  assertStringIncludes(told.at(-1)!, "at most 25 jobs of a user: ends after ");
});
