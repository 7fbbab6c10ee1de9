import { assertEquals } from "@std/assert";
import { runGraph } from "../../../../pipeline/engine/run.ts";
import { openStore } from "../../../../pipeline/engine/store/store_io.ts";
import type { RunEvent, TaskSpec } from "../../../../pipeline/engine/types.ts";
import { verifyStore } from "../../../../pipeline/engine/store/verify_io.ts";
import { engineProject } from "../../../support/engine_project.ts";
import { noSmallDisk, type SmallDisk, smallDisk } from "../../../support/small_disk.ts";
import { fakeCode, fakeRunner, type FakeStage, task, writeOutput } from "../../../support/tasks.ts";
import { tempDir } from "../../../support/temp_dir.ts";

const SIZE = 1 << 20;

const reason = await noSmallDisk();
if (reason !== "") {
  console.log(`Tests of a full disk are skipped: a tmpfs cannot be mounted here (${reason}).`);
}
const ignore = reason !== "";

function failures(events: readonly RunEvent[]) {
  return events.flatMap((event) => event.type === "task-failed" ? [event.failure] : []);
}

async function disk(): Promise<SmallDisk> {
  const made = await smallDisk(SIZE, 400);
  if (typeof made === "string") throw new Error(made);
  return made;
}

Deno.test({
  name: "a stage that fills the disk is a failure with reason disk-full and leaves no result behind",
  ignore,
  async fn() {
    await using full = await disk();
    await using project = engineProject();
    const big = task("big", {}, { slice: { fill: 2 * SIZE } });
    const events: RunEvent[] = [];
    const store = openStore(`${full.path}/store`);
    const { summary } = await project.run([big, task("small"), task("next", { x: "big" })], {
      store,
      resources: { threads: 1, gpu: 0, jobs: 1 },
      onEvent: (event) => events.push(event),
    });
    const [failure, ...others] = failures(events);
    assertEquals(others, []);
    assertEquals([failure!.task, failure!.reason], ["big", "disk-full"]);
    assertEquals(
      /^Cannot .*the disk is full\. Free some space/.test(failure!.message),
      true,
      failure!.message,
    );
    assertEquals([summary.ran, summary.failed, summary.blocked], [1, 1, 1]);
    assertEquals([...store.receipts()].map((receipt) => receipt.task), ["small"]);
    assertEquals((await verifyStore(store, { repair: false })).problems, []);
  },
});

/** Fills the disk at different moments of an attempt, by leaving so many bytes when the stage runs. */
const moments: readonly (readonly [string, number, (log: (line: string) => void) => void])[] = [
  ["the log is written", 0, (log) => log("x".repeat(100_000))],
  ["nothing at all is left for the commit", 0, () => {}],
  ["little is left for the commit", 4096, () => {}],
];
for (const [name, leave, act] of moments) {
  Deno.test({
    name: `a disk that is full when ${name} ends in disk-full, and the next run is whole`,
    ignore,
    async fn() {
      await using full = await disk();
      const store = openStore(`${full.path}/store`);
      const filling: FakeStage = (launch) => {
        writeOutput(launch, "x".repeat(10_000));
        full.leave(leave);
        act((line) => launch.log.write(line));
        return { kind: "done" };
      };
      const events: RunEvent[] = [];
      const options = {
        graph: { tasks: [task("a"), task("b", { x: "a" })] as readonly TaskSpec[] },
        store,
        code: fakeCode(),
        resources: { threads: 1, gpu: 0, jobs: 1 },
        onEvent: (event: RunEvent) => void events.push(event),
      };
      await runGraph({ ...options, runner: fakeRunner({ a: filling }) });
      const found = failures(events);
      assertEquals(found.map((failure) => failure.reason), ["disk-full"]);
      // What got through is whole: a receipt with all its objects, or nothing.
      const through = [...store.receipts()];
      assertEquals(through.map((receipt) => store.local.receipt(receipt.key)), through);
      full.leave(Infinity);
      const next = await runGraph({ ...options, runner: fakeRunner() });
      assertEquals([next.fresh, next.ran], [through.length, 2 - through.length]);
      assertEquals((await verifyStore(store, { repair: false })).problems, []);
    },
  });
}

Deno.test({
  name: "a disk that is full before anything starts fails every task and still tells what is fresh",
  ignore,
  async fn() {
    await using full = await disk();
    await using dir = tempDir();
    const store = openStore(`${full.path}/store`);
    const events: RunEvent[] = [];
    const input = dir.write("in.txt", "x");
    const options = {
      store,
      code: fakeCode(),
      resources: { threads: 1, gpu: 0, jobs: 1 },
      onEvent: (event: RunEvent) => void events.push(event),
    };
    await runGraph({ ...options, graph: { tasks: [task("a")] }, runner: fakeRunner() });
    full.leave(0);
    const tasks = [task("a"), task("b", { x: input }), task("c")];
    const summary = await runGraph({ ...options, graph: { tasks }, runner: fakeRunner() });
    assertEquals([summary.fresh, summary.failed], [1, 2]);
    assertEquals(new Set(failures(events).map((failure) => failure.reason)), new Set(["disk-full"]));
  },
});
