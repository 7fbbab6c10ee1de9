import { assert, assertEquals } from "@std/assert";
import { frame, type RunningTask } from "../../../pipeline/reporters/frame.ts";
import { Tally } from "../../../pipeline/reporters/tally.ts";
import type { FailureRecord, TaskKey } from "../../../pipeline/engine/types.ts";

const plain = (text: string) => text;
const totals = { ended: 3, failed: 0, total: 8, seconds: 6.4 };
const training: RunningTask = {
  task: "train/linear-nnaudio-D-mel40-seed0",
  seconds: 5,
  measured: {
    share: 0.5,
    total: 1000,
    unit: "steps",
    rate: 31.25,
    secondsLeft: 16,
    figures: { epoch: 5, loss: 0.4125, accuracy: 0.875 },
  },
};

Deno.test("frame() shows share, time left, loss, rate and figures of each task, and all together", () => {
  assertEquals(frame([training], totals, 140, plain), [
    "  train/linear-nnaudio-D-mel40-seed0  ━━━━━━──────   50 %  16.0 s left  loss 0.4125  31.3 steps/s  epoch 5  accuracy 0.875",
    "  3 of 8 tasks done, 1 running, 6.0 s",
  ]);
});

Deno.test("frame() says how long a task runs that has not reported yet, and counts failures", () => {
  assertEquals(frame([{ ...training, measured: undefined }], { ...totals, failed: 2 }, 80, plain), [
    "  train/linear-nnaudio-D-mel40-seed0  running for 5.0 s",
    "  3 of 8 tasks done, 1 running, 6.0 s, 2 failed",
  ]);
});

Deno.test("frame() leaves out what does not fit, and never exceeds the terminal", () => {
  const long = { ...training, task: `train/${"a".repeat(30)}-${"b".repeat(30)}-seed0` };
  for (let columns = 10; columns <= 200; columns++) {
    for (const line of frame([long, { ...training, measured: undefined }], totals, columns, plain)) {
      assert(line.length < columns || columns < 60, `${columns} columns: ${line}`);
    }
  }
  assertEquals(
    frame([training], totals, 60, plain)[0],
    "  train/linear-nnaudio-D-mel40-seed0   50 %  16.0 s left",
  );
  assert(
    frame([long], totals, 120, plain)[0]!.includes("-seed0"),
    "the end of a name is what tells runs apart",
  );
});

Deno.test("Tally sums up time by stage and names what failed", () => {
  const key = "0".repeat(64) as TaskKey;
  const tally = new Tally();
  const done = (task: string, seconds: number) =>
    tally.add({ type: "task-done", task, key, seconds, drift: false });
  done("train/a", 10);
  assertEquals(tally.lines(), []);
  done("features/x", 2);
  done("train/b", 12);
  tally.add({ type: "task-failed", task: "train/c", key, failure: {} as FailureRecord });
  assertEquals(tally.lines(), [
    "Time by stage, all processes together: train 22.0 s (2 tasks), features 2.0 s",
    "Failed: train/c",
  ]);
});
