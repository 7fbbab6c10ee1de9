import { assertEquals } from "@std/assert";
import { neededBy } from "../../../../pipeline/executors/slurm/needed_io.ts";
import {
  addEnded,
  addJobs,
  allEnded,
  createSubmission,
  type Manifest,
} from "../../../../pipeline/executors/slurm/submission_io.ts";
import { engineProject } from "../../../support/engine_project.ts";
import { task } from "../../../support/tasks.ts";

Deno.test("neededBy() names what queued jobs read and make, until all have ended", async () => {
  await using project = engineProject();
  const a = task("a", {}, { slice: { text: "a" } });
  const b = task("b", { x: "a" }, { slice: { text: "b" } });
  const c = task("c", { x: "b" }, { slice: { text: "c" } });
  await project.run([a, task("other", {}, { slice: { text: "nobody's" } })]);
  const store = project.store();
  const manifest: Manifest = {
    format: 1,
    submittedAt: "2026-01-01T00:00:00.000Z",
    codeRoot: project.root,
    graph: { tasks: [a, b, c] },
    externals: {},
    forced: [],
    maxRequeues: 1,
    warnSeconds: 60,
  };
  const submission = createSubmission(store, manifest);
  addJobs(submission, [{ task: "b", stage: "b", recipe: "r", job: "1", index: null }]);
  assertEquals(allEnded(submission), false);
  const needed = await neededBy(submission, store);
  assertEquals(needed.length, 2, "a is there, b is to be made, c waits for b");
  assertEquals(needed[0], store.lastReceipt("a")!.key);
  await project.run([a, b]);
  assertEquals((await neededBy(submission, store)).length, 3);
  assertEquals((await neededBy(submission, store))[1], needed[1]);
  addEnded(submission, [{ job: "1", phase: "completed", state: "COMPLETED", reason: "", nodes: "" }]);
  assertEquals(allEnded(submission), true);
});
