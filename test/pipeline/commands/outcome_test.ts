import { assertEquals } from "@std/assert";
import { Outcome } from "../../../pipeline/commands/shared/outcome.ts";
import type { FailureRecord, TaskKey } from "../../../pipeline/engine/types.ts";

function failure(task: string, message: string): FailureRecord {
  return {
    format: 1,
    key: "k" as TaskKey,
    task,
    reason: "unexpected",
    message,
    failedAt: "",
    log: "",
    logTail: [],
  };
}

Deno.test("a run's outcome has the keys that it made or found, and what the others failed of", () => {
  const outcome = new Outcome();
  outcome.add({ type: "task-fresh", task: "index/a", key: "1" as TaskKey });
  outcome.add({ type: "task-done", task: "train/a", key: "2" as TaskKey, seconds: 1, drift: false });
  outcome.add({
    type: "task-failed",
    task: "train/b",
    key: "k" as TaskKey,
    failure: failure("train/b", "No."),
  });
  outcome.add({ type: "task-blocked", task: "evaluate/b", by: "train/b" });
  outcome.add({ type: "task-blocked", task: "report/t", by: "evaluate/b" });
  const tasks = ["index/a", "train/a", "train/b", "evaluate/b", "report/t", "train/c"];
  assertEquals(tasks.map((task) => outcome.keyOf(task)), ["1", "2", ...Array(4).fill(undefined)]);
  assertEquals(tasks.map((task) => outcome.failureOf(task)?.message), [
    ...[undefined, undefined, "No.", "No.", "No."],
    undefined,
  ]);
});

Deno.test("a result that was damaged and could not be made again is none", () => {
  const outcome = new Outcome();
  outcome.add({ type: "task-fresh", task: "index/a", key: "1" as TaskKey });
  outcome.add({
    type: "task-failed",
    task: "index/a",
    key: "1" as TaskKey,
    failure: failure("index/a", "No."),
  });
  assertEquals(outcome.keyOf("index/a"), undefined);
});
