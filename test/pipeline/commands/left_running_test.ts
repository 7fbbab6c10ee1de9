import { assertEquals } from "@std/assert";
import { leftRunning, QueuedTasks } from "../../../pipeline/commands/shared/left_running.ts";
import type { TaskKey } from "../../../pipeline/engine/types.ts";

const KEY = "0".repeat(64) as TaskKey;

Deno.test("tasks that a cluster was given are open until they are heard of, whoever follows them", () => {
  const open = new QueuedTasks();
  for (const task of ["index/a", "train/a", "train/b", "train/c", "evaluate/c"]) {
    open.add({ type: "task-queued", task, job: "1" });
  }
  open.add({ type: "task-queued", task: "index/a", job: "1" }); // by another execution, too
  open.add({ type: "task-started", task: "train/a", key: KEY, reason: "never ran", threads: 1 });
  assertEquals(open.size, 5);
  open.add({ type: "task-done", task: "index/a", key: KEY, seconds: 1, drift: false });
  open.add({ type: "task-fresh", task: "train/b", key: KEY });
  open.add({ type: "task-cancelled", task: "train/c" });
  open.add({ type: "task-blocked", task: "evaluate/c", by: "train/c" });
  assertEquals(open.size, 1);
});

Deno.test("leftRunning() says what one can do about jobs that stay", () => {
  assertEquals(
    leftRunning(1),
    "1 task queued or running on the cluster: `deno task status` and `deno task logs TASK` show how they are, " +
      "`deno task cancel` ends them, and this command again follows them.",
  );
});
