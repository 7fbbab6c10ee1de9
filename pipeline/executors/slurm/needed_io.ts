/** What jobs that are queued or run will read of the store: results of the plan that was submitted, as far as it is known. */
import { openCode } from "../../engine/code/closure_io.ts";
import { planGraph } from "../../engine/plan.ts";
import type { Store } from "../../engine/store/store_io.ts";
import type { TaskKey } from "../../engine/types.ts";
import { lookupOf } from "./run_task_io.ts";
import { readManifest, type Submission } from "./submission_io.ts";

/**
 * Keys of results that are there, and of tasks that are to run.
 *
 * @throws {Error} If what was submitted cannot be read; its jobs cannot either.
 */
export async function neededBy({ folder }: Submission, store: Store): Promise<readonly TaskKey[]> {
  const manifest = readManifest(folder);
  const code = openCode(manifest.codeRoot);
  const plan = await planGraph(manifest.graph, lookupOf({ manifest, store, code }));
  return [...plan.values()].flatMap((state) => state.kind === "pending" ? [] : [state.key]);
}
