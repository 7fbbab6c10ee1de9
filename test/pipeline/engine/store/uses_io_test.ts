import { assertEquals } from "@std/assert";
import { collectGarbage } from "../../../../pipeline/engine/store/gc_io.ts";
import { countedUntil } from "../../../../pipeline/engine/store/gc_plan.ts";
import { FORMAT_FILE, receiptName } from "../../../../pipeline/engine/store/layout.ts";
import { identityOf } from "../../../../pipeline/engine/store/process_io.ts";
import { runGraph } from "../../../../pipeline/engine/run.ts";
import { openStore } from "../../../../pipeline/engine/store/store_io.ts";
import { readNeeds } from "../../../../pipeline/engine/store/uses_io.ts";
import { verifyStore } from "../../../../pipeline/engine/store/verify_io.ts";
import { fakeCode, fakeRunner, task } from "../../../support/tasks.ts";
import { type TempDir, tempDir } from "../../../support/temp_dir.ts";

const HOUR = 60 * 60 * 1000;
const tasks = [task("a"), task("b", { x: "a" })];

/** A store in which `a` and `b` are done, as another process sees it. */
async function storeWithResults(dir: TempDir) {
  const open = () => openStore(`${dir.path}/store`);
  const run = (store = open()) =>
    runGraph({
      graph: { tasks },
      store,
      code: fakeCode(),
      runner: fakeRunner(),
      resources: { threads: 1, gpu: 0, jobs: 1 },
    });
  await run();
  return {
    open,
    run,
    clean: () => collectGarbage(open(), { reachable: new Set(), keepDays: 0, dryRun: false }),
  };
}

Deno.test("collectGarbage() leaves what a command under way needs, and takes it once that has ended", async () => {
  await using dir = tempDir();
  const { open, run, clean } = await storeWithResults(dir);
  const store = open();
  {
    using _use = store.begin();
    const { planning, plan } = await clean(); // it may still look for anything
    assertEquals([planning.length, plan.receipts.length], [1, 0]);
    assertEquals((await run(store)).fresh, 2);
    assertEquals((await clean()).plan, { receipts: [], objects: [], freedBytes: 0, keptBytes: 7 });
    assertEquals([...store.receipts()].length, 2);
  }
  assertEquals((await clean()).plan.receipts.length, 2);
  assertEquals([...store.receipts()].length, 0);
  assertEquals([...Deno.readDirSync(`${store.root}/uses`)], []);
});

Deno.test("collectGarbage() gives back what somebody says to need while it is being moved aside", async () => {
  await using dir = tempDir();
  const { open } = await storeWithResults(dir);
  const store = open();
  const [key] = [...store.local.keys()];
  using _use = store.begin();
  store.uses.planned();
  await collectGarbage(open(), {
    reachable: new Set(),
    keepDays: 0,
    dryRun: false,
    isCurrent() {
      store.uses.needs(key!);
      assertEquals(store.local.receipt(key!), undefined); // it looks too early, and would make it again
      return Promise.resolve(true);
    },
  });
  assertEquals([...store.receipts()].map((receipt) => receipt.key), [key]);
  assertEquals((await verifyStore(store, { repair: false })).problems, []);
});

Deno.test("collectGarbage() removes nothing when tasks were queued meanwhile", async () => {
  await using dir = tempDir();
  const { open } = await storeWithResults(dir);
  const isCurrent = () => Promise.resolve(false);
  await collectGarbage(open(), { reachable: new Set(), keepDays: 0, dryRun: false, isCurrent });
  assertEquals([...open().receipts()].length, 2);
  assertEquals((await verifyStore(open(), { repair: false })).problems, []);
});

Deno.test("what a process needs counts until it is gone or long silent", async () => {
  await using dir = tempDir();
  const { open, clean } = await storeWithResults(dir);
  const [key] = [...open().local.keys()];
  const here = identityOf(Deno.pid);
  const uses = (who: object) => dir.write("store/uses/x", `${JSON.stringify(who)}\n${key}\nplanned\n`);
  uses({ ...here, boot: "elsewhere" });
  const now = open().now();
  assertEquals([...readNeeds(open().root, now).names], [key]);
  assertEquals(readNeeds(open().root, now + 2 * HOUR).over, ["uses/x"]);
  assertEquals((await clean()).plan.receipts.length, 1);
  uses({ ...here, started: "1" });
  assertEquals((await clean()).leftovers.includes("uses/x"), true);
  assertEquals([...open().receipts()].length, 0);
});

Deno.test("a result counts as used when it is found, and never by a clock that was set back", async () => {
  await using dir = tempDir();
  const { open, run } = await storeWithResults(dir);
  const store = open();
  const paths = [...store.local.keys()].map((key) => `${store.root}/${receiptName(key)}`);
  const timesOf = () => paths.map((path) => Deno.statSync(path).mtime!.getTime());
  for (const path of paths) Deno.utimeSync(path, 1000, 1000);
  assertEquals((await run()).fresh, 2); // looks without being a command
  assertEquals(timesOf(), [1_000_000, 1_000_000]);
  const nextYear = new Date(Math.ceil(Date.now() / 1000) * 1000 + 365 * 24 * HOUR);
  Deno.utimeSync(`${store.root}/${FORMAT_FILE}`, nextYear, nextYear);
  const later = open();
  using _use = later.begin();
  await run(later);
  assertEquals(timesOf(), [nextYear.getTime(), nextYear.getTime()]);
});

Deno.test("countedUntil() counts days up to the last use, and by no time to come", () => {
  assertEquals(countedUntil([10, 30, 20], 100), 30);
  assertEquals(countedUntil([10, 300], 100), 10);
  assertEquals(countedUntil([300], 100), 100);
  assertEquals(countedUntil([], 100), 100);
});
