import { assertEquals } from "@std/assert";
import { collectGarbage } from "../../../../pipeline/engine/store/gc_io.ts";
import { reachableKeys } from "../../../../pipeline/engine/store/gc_plan.ts";
import { planRun, runGraph } from "../../../../pipeline/engine/run.ts";
import { openStore } from "../../../../pipeline/engine/store/store_io.ts";
import { identityOf } from "../../../../pipeline/engine/store/process_io.ts";
import type { TaskSpec } from "../../../../pipeline/engine/types.ts";
import { verifyStore } from "../../../../pipeline/engine/store/verify_io.ts";
import { fakeCode, fakeRunner, task } from "../../../support/tasks.ts";
import { type TempDir, tempDir } from "../../../support/temp_dir.ts";

const resources = { threads: 1, gpu: 0, jobs: 1 };
const current = [task("a", {}, { slice: 1 }), task("b", { x: "a" })];
const former = [task("a", {}, { slice: 2 }), task("b", { x: "a" })];

async function storeWithHistory(dir: TempDir) {
  const store = openStore(`${dir.path}/store`);
  const code = fakeCode();
  const run = (tasks: readonly TaskSpec[]) =>
    runGraph({ graph: { tasks }, store, code, runner: fakeRunner(), resources });
  await run(former);
  await run(current);
  const plan = await planRun({ graph: { tasks: current }, store, code });
  return { store, run, reachable: reachableKeys([plan]) };
}

Deno.test("collectGarbage() only reports when it is a dry run", async () => {
  await using dir = tempDir();
  const { store, reachable } = await storeWithHistory(dir);
  const report = await collectGarbage(store, { reachable, keepDays: 0 });
  assertEquals(report.dryRun, true);
  assertEquals(report.plan.receipts.map(({ task }) => task).sort(), ["a", "b"]);
  assertEquals(report.plan.objects.length, 2);
  assertEquals([...store.receipts()].length, 4);
});

Deno.test("collectGarbage() removes receipts with their objects and leaves what the graph needs", async () => {
  await using dir = tempDir();
  const { store, run, reachable } = await storeWithHistory(dir);
  const { plan } = await collectGarbage(store, { reachable, keepDays: 0, dryRun: false });
  assertEquals(plan.freedBytes > 0, true);
  assertEquals([...store.receipts()].length, 2);
  assertEquals((await run(current)).fresh, 2);
  assertEquals((await verifyStore(store, { repair: false })).problems, []);
  assertEquals((await run(former)).ran, 2);
});

Deno.test("collectGarbage() keeps young results, and goes by size when asked to", async () => {
  await using dir = tempDir();
  const { store, reachable } = await storeWithHistory(dir);
  assertEquals((await collectGarbage(store, { reachable, keepDays: 1 })).plan.receipts, []);
  assertEquals(
    (await collectGarbage(store, { reachable, keepDays: 1, maxBytes: 1 })).plan.receipts.length,
    2,
  );
});

Deno.test("collectGarbage() skips what somebody works at", async () => {
  await using dir = tempDir();
  const { store, reachable } = await storeWithHistory(dir);
  const locked = [...store.receipts()].find((receipt) => !reachable.has(receipt.key))!;
  const attempt = await store.tryLock(locked.key);
  if (attempt.kind !== "held") throw new Error("not free");
  const { plan } = await collectGarbage(store, { reachable, keepDays: 0, dryRun: false });
  assertEquals(plan.receipts.length, 1);
  assertEquals(store.local.receipt(locked.key), locked);
  await attempt.lock.release();
});

Deno.test("collectGarbage() sweeps what dead attempts left and leaves living ones alone", async () => {
  await using dir = tempDir();
  const { store, reachable } = await storeWithHistory(dir);
  const dead = { ...identityOf(Deno.pid), started: "1" };
  dir.write("store/staging/dead/owner.json", JSON.stringify(dead));
  dir.write("store/staging/dead/out/half.bin", "x");
  dir.write("store/staging/alive/owner.json", JSON.stringify(identityOf(Deno.pid)));
  const done = [...reachable][0]!;
  dir.write(`store/partial/${done}/epoch`, "3");
  dir.write(`store/partial/${"0".repeat(64)}/epoch`, "3");
  const { leftovers } = await collectGarbage(store, { reachable, keepDays: 1, dryRun: false });
  assertEquals(leftovers, ["staging/dead", `partial/${done}`]);
  assertEquals([...Deno.readDirSync(`${dir.path}/store/staging`)].map((entry) => entry.name), ["alive"]);
});
