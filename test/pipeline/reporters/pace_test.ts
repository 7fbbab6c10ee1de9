import { assertEquals } from "@std/assert";
import { Pace } from "../../../pipeline/reporters/pace.ts";
import { wordEvent } from "../../../pipeline/reporters/reporter_io.ts";
import type { FailureRecord, TaskKey } from "../../../pipeline/engine/types.ts";

const key = "0".repeat(64) as TaskKey;

Deno.test("Pace gives share, rate and time left since the first message", () => {
  const pace = new Pace();
  assertEquals(pace.describe(), "");
  pace.add({ done: 200, total: 1000, unit: "clips" }, 10);
  assertEquals(pace.describe(), "20 % of 1,000 clips");
  pace.add({ done: 400, total: 1000, unit: "clips", figures: { loss: 0.25 } }, 14);
  assertEquals(pace.describe(), "40 % of 1,000 clips, 50 clips/s, 12.0 s left, loss 0.25");
});

Deno.test("Pace starts anew when the count goes back", () => {
  const pace = new Pace();
  pace.add({ done: 90, total: 100, unit: "clips" }, 0);
  pace.add({ done: 10, total: 200, unit: "steps" }, 5);
  assertEquals(pace.describe(), "5 % of 200 steps");
});

Deno.test("wordEvent() tells where the log of a failed task is", () => {
  const failure: FailureRecord = {
    format: 1,
    key,
    task: "train/x",
    reason: "loss-not-finite",
    message: "The loss is NaN.",
    failedAt: "",
    log: "logs/x.log",
    logTail: [],
  };
  assertEquals(wordEvent({ type: "task-failed", task: "train/x", key, failure }, "/store"), [
    "  train/x: failed: The loss is NaN.",
    "    log: /store/logs/x.log",
  ]);
});
