import { assert, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../../lib/base/errors.ts";
import { openStore } from "../../../../pipeline/engine/store/store_io.ts";
import type { TaskKey } from "../../../../pipeline/engine/types.ts";
import { ownName, stageVariables, whyWarned } from "../../../../pipeline/executors/slurm/job_environment.ts";
import { openRestarts, readRestarts, savedState } from "../../../../pipeline/executors/slurm/restarts_io.ts";
import { tempDir } from "../../../support/temp_dir.ts";

async function inFolder(test: (start: (count: number) => ReturnType<typeof openRestarts>) => void) {
  await using dir = tempDir();
  Deno.mkdirSync(`${dir.path}/restarts`);
  test((count) => openRestarts(dir.path, { task: "train/a", stage: "train", count, most: 3 }));
}

Deno.test("a job is queued again for its time limit as often as it may, if it saves something each time", async () => {
  await inFolder((start) => {
    assertEquals(start(0).words, undefined);
    for (let count = 0; count < 3; count++) start(count).queuesAgain("limit", `epoch ${count}`);
    const last = start(3);
    assertEquals(last.words, "restart 3, 3 of them for its time limit");
    const error = assertThrows(
      () => last.queuesAgain("limit", "epoch 3"),
      UserError,
      "started 4 times. Raise",
    );
    assertEquals(error.reason, "time-limit");
  });
});

Deno.test("a job that saved nothing new until its time limit is not queued again", async () => {
  await inFolder((start) => {
    start(0).queuesAgain("limit", "epoch 7");
    const again = start(1);
    again.begins("epoch 7");
    assertThrows(() => again.queuesAgain("limit", "epoch 7"), UserError, "Raise executor.stages.train.time");
  });
  await inFolder((start) => {
    start(0).queuesAgain("limit", null);
    start(1).queuesAgain("limit", null); // it waited for another process both times
  });
});

Deno.test("interruptions count only in a row and without progress, and not as time limits", async () => {
  await inFolder((start) => {
    for (const [i, saved] of ["", "1", "1", "1", "2", "2", "2"].entries()) start(i + 1).begins(saved);
    start(8).queuesAgain("limit", "2");
    const after = start(9);
    assertEquals(after.words, "restart 9, 1 of them for its time limit");
    after.begins("2"); // it asked for this one itself
    const error = assertThrows(() => start(10).begins("2"), UserError, "4 times in a row");
    assertEquals(error.reason, "interrupted");
  });
});

Deno.test("a job that makes way is queued again as often as that may be", async () => {
  await inFolder((start) => {
    for (let count = 0; count < 9; count++) start(count).queuesAgain("room", "");
  });
});

Deno.test("how often a job was started is there for others to read", async () => {
  await using dir = tempDir();
  Deno.mkdirSync(`${dir.path}/restarts`);
  assertEquals(readRestarts(dir.path, "a").count, 0);
  openRestarts(dir.path, { task: "a", stage: "a", count: 2, most: 3 });
  assertEquals(readRestarts(dir.path, "a").count, 2);
});

Deno.test("savedState() goes by contents, whichever attempt saved them", async () => {
  await using dir = tempDir();
  const store = openStore(`${dir.path}/store`);
  const key = "a".repeat(64) as TaskKey;
  const nothing = savedState(store, key);
  dir.write(`store/partial/${key}/one/state`, "1");
  const saved = savedState(store, key);
  Deno.renameSync(`${dir.path}/store/partial/${key}/one`, `${dir.path}/store/partial/${key}/left`);
  assertEquals(savedState(store, key), saved);
  dir.write(`store/partial/${key}/left/state`, "2");
  assert(new Set([nothing, saved, savedState(store, key)]).size === 3);
});

Deno.test("ownName() names the element, whose number may be that of the whole array", () => {
  const job = { SLURM_JOB_ID: "12" };
  assertEquals(ownName(job), "12");
  assertEquals(ownName({ ...job, SLURM_ARRAY_JOB_ID: "12", SLURM_ARRAY_TASK_ID: "3" }), "12_3");
  assertThrows(() => ownName({}), Error, "SLURM_JOB_ID");
});

Deno.test("stageVariables() are those that the setup brought, and the devices", () => {
  const variables = { PATH: "/bin", LD_LIBRARY_PATH: "/opt", CUDA_VISIBLE_DEVICES: "1" };
  assertEquals(stageVariables(variables), ["CUDA_VISIBLE_DEVICES"]);
  assertEquals(
    stageVariables({ ...variables, JOB_VARIABLES_BEFORE_SETUP: "PATH\nCUDA_VISIBLE_DEVICES" }),
    ["LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES"],
  );
});

Deno.test("whyWarned() takes a signal long before the time limit for a wish to make way", () => {
  const of = (elapsed: number, seconds: number | null) => whyWarned({ elapsed, seconds, warnSeconds: 60 });
  assertEquals([of(3500, 3600), of(3430, 3600), of(600, 3600), of(600, null)], [
    "limit",
    "limit",
    "room",
    "limit",
  ]);
});
