import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { matchTasks } from "../../../pipeline/engine/match_tasks.ts";
import { task } from "../../support/tasks.ts";

const tasks = ["index", "train/linear-A", "train/linear-D", "evaluate/linear-A", "evaluate/linear-D@snr20"]
  .map((name) => task(name));

const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["a task is named", ["train/linear-A"], ["train/linear-A"]],
  ["a stage is named", ["train"], ["train/linear-A", "train/linear-D"]],
  ["a star stands for any text", ["*-A"], ["train/linear-A", "evaluate/linear-A"]],
  ["several patterns meet", ["train", "train/linear-A", "index"], [
    "train/linear-A",
    "train/linear-D",
    "index",
  ]],
  ["a run is named that was tested under a condition", ["linear-D"], [
    "train/linear-D",
    "evaluate/linear-D@snr20",
  ]],
  ["nothing is forced", [], []],
];
for (const [name, patterns, expected] of cases) {
  Deno.test(`matchTasks() finds the tasks when ${name}`, () => {
    assertEquals([...matchTasks(patterns, tasks)], expected);
  });
}

Deno.test("matchTasks() names the nearest when a pattern matches nothing", () => {
  const error = assertThrows(() => matchTasks(["trian"], tasks), UserError, 'Did you mean "train"?');
  assertEquals(error.reason, "usage");
  assertThrows(() => matchTasks(["train.linear-A"], tasks), UserError, "no task, run or stage");
});
