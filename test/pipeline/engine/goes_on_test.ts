/** Tasks that go on from what others like them left. */
import { assertEquals } from "@std/assert";
import type { Json } from "../../../lib/base/json.ts";
import { manifestOf } from "../../../pipeline/engine/fingerprint.ts";
import { runGraph, type RunOptions } from "../../../pipeline/engine/run.ts";
import type { EarlierWork } from "../../../pipeline/engine/stage.ts";
import { collectGarbage } from "../../../pipeline/engine/store/gc_io.ts";
import { openStore } from "../../../pipeline/engine/store/store_io.ts";
import type { RunEvent, TaskSpec } from "../../../pipeline/engine/types.ts";
import { fakeCode, fakeRunner, type FakeStage, task, tasksOf, writeOutput } from "../../support/tasks.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";

const STATE = "state.txt";

/** A count that goes so far, from what its slice says besides. */
function count(to: number, more: Json = {}, after: readonly string[] = []): TaskSpec {
  return task(`count/${to}`, {}, {
    slice: { to, more },
    outputs: ["out.txt", STATE],
    goesOn: { shared: { more }, output: STATE, ...(after.length === 0 ? {} : { after }) },
  });
}

/** Counts, one after the other, from the farthest that it knows of; `worked` hears each number. */
function counter(worked: number[], given: (readonly EarlierWork[])[] = [], upTo = Infinity): FakeStage {
  return (launch) => {
    const { earlier = [], partialDir } = launch.request;
    given.push(earlier);
    const { to } = launch.spec.slice as { to: number };
    const read = (path: string) => Number(Deno.readTextFileSync(path));
    const partial = `${partialDir}/${STATE}`;
    const own = [...Deno.readDirSync(partialDir)].some(({ name }) => name === STATE) ? [read(partial)] : [];
    const known = [...own, ...earlier.map(({ path }) => read(path))].filter((at) => at <= to);
    for (let at = Math.max(0, ...known) + 1; at <= to; at++) {
      if (at > upTo) return { kind: "failed", reason: "interrupted", message: "The process was ended." };
      worked.push(at);
      Deno.writeTextFileSync(partial, `${at}`);
    }
    writeOutput(launch, `counted to ${to}`);
    Deno.writeTextFileSync(`${launch.request.outDir}/${STATE}`, `${to}`);
    return { kind: "done", environment: { counter: "fingers" } };
  };
}

function bench(dir: TempDir) {
  const code = fakeCode();
  const open = () => openStore(`${dir.path}/store`);
  const run = async (tasks: readonly TaskSpec[], options: Partial<RunOptions> = {}, upTo?: number) => {
    const [worked, given]: [number[], (readonly EarlierWork[])[]] = [[], []];
    const events: RunEvent[] = [];
    const stage = counter(worked, given, upTo);
    const summary = await runGraph({
      graph: { tasks },
      store: open(),
      code,
      runner: fakeRunner(Object.fromEntries(tasks.map(({ name }) => [name, stage]))),
      resources: { threads: 4, gpu: 1, jobs: 4 },
      onEvent: (event) => events.push(event),
      ...options,
    });
    return { worked, given, events, summary };
  };
  return { code, open, run };
}

Deno.test("a task that goes farther goes on from one that is done, under the key that it would have had", async () => {
  await using dir = tempDir();
  const { open, run } = bench(dir);
  assertEquals((await run([count(3)])).worked, [1, 2, 3]);
  const { worked, given: [earlier] } = await run([count(5)]);
  assertEquals(worked, [4, 5]);
  assertEquals(earlier!.map(({ task, environment }) => [task, environment]), [
    ["count/3", { counter: "fingers" }],
  ]);
  await using alone = tempDir();
  assertEquals((await bench(alone).run([count(5)])).worked, [1, 2, 3, 4, 5]);
  const receiptIn = (folder: TempDir) => openStore(`${folder.path}/store`).lastReceipt("count/5")!;
  assertEquals(receiptIn(dir).key, receiptIn(alone).key);
  assertEquals(receiptIn(dir).outputs, receiptIn(alone).outputs);
  assertEquals(open().failure(receiptIn(dir).key), undefined);
  // The farthest of several is the stage's affair; a shorter one finds what it cannot use, and begins at the beginning.
  assertEquals((await run([count(7)])).given[0]!.length, 2);
  assertEquals((await run([count(2)])).worked, [1, 2]);
});

Deno.test("a task goes on from what another left when it was stopped", async () => {
  await using dir = tempDir();
  const { run } = bench(dir);
  assertEquals((await run([count(9)], {}, 4)).worked, [1, 2, 3, 4]);
  assertEquals((await run([count(6)])).worked, [5, 6]);
  assertEquals((await run([count(9)])).worked, [7, 8, 9], "its own is less far by now");
});

Deno.test("a task goes on from nothing that differs in more than in how far it goes", async () => {
  await using dir = tempDir();
  const { code, run } = bench(dir);
  await run([count(3)]);
  assertEquals((await run([count(4, { seed: 1 })])).worked, [1, 2, 3, 4]);
  code.code = manifestOf({ files: { "stages/stage.ts": "b" }, packages: {} });
  assertEquals((await run([count(5)])).worked, [1, 2, 3, 4, 5]);
  Deno.writeTextFileSync(`${dir.path}/input`, "words");
  const reads = (spec: TaskSpec): TaskSpec => ({
    ...spec,
    inputs: { words: { kind: "external", path: `${dir.path}/input` } },
  });
  assertEquals((await run([reads(count(6))])).worked, [1, 2, 3, 4, 5, 6]);
  assertEquals((await run([reads(count(7))])).worked, [7]);
});

Deno.test("a task that is forced does all of its work again", async () => {
  await using dir = tempDir();
  const { run } = bench(dir);
  await run([count(3)]);
  await run([count(5)]);
  const { worked, events } = await run([count(5)], { force: ["count/5"] });
  assertEquals(worked, [1, 2, 3, 4, 5]);
  assertEquals(events.flatMap((event) => event.type === "task-done" ? [event.drift] : []), [false]);
});

Deno.test("a task goes on from no result whose bytes are not what they were", async () => {
  await using dir = tempDir();
  const { open, run } = bench(dir);
  await run([count(3)]);
  const store = open();
  const path = store.objectPath(store.lastReceipt("count/3")!.outputs[STATE]!, STATE);
  Deno.chmodSync(path, 0o644);
  Deno.writeTextFileSync(path, "4");
  assertEquals((await run([count(5)])).worked, [1, 2, 3, 4, 5]);
});

Deno.test("of one graph, what goes farther waits for what does not, and not for its success", async () => {
  await using dir = tempDir();
  const { run } = bench(dir);
  const { worked, events } = await run([count(4, {}, ["count/2"]), count(2), count(5, {}, ["count/4"])]);
  assertEquals(worked, [1, 2, 3, 4, 5]);
  assertEquals(tasksOf(events, "task-started"), ["count/2", "count/4", "count/5"]);
  const failing = await run([count(4, "x", ["count/2"]), count(2, "x")], {}, 1);
  assertEquals(tasksOf(failing.events, "task-failed"), ["count/2", "count/4"]);
  assertEquals(failing.summary.blocked, 0);
  const keptGoing = await run([count(4, "x", ["count/2"]), count(2, "x")]);
  assertEquals([keptGoing.summary.ran, keptGoing.worked], [2, [2, 3, 4]]);
});

Deno.test("gc forgets who began what once nothing is left of it", async () => {
  await using dir = tempDir();
  const { open, run } = bench(dir);
  await run([count(3)]);
  await run([count(9)], {}, 4);
  const notes = () =>
    [...Deno.readDirSync(`${dir.path}/store/beginnings`)].flatMap(({ name }) => [
      ...Deno.readDirSync(`${dir.path}/store/beginnings/${name}`),
    ]).length;
  assertEquals(notes(), 2);
  const collect = () => collectGarbage(open(), { reachable: new Set(), keepDays: 0, dryRun: false });
  Deno.removeSync(`${dir.path}/store/partial`, { recursive: true });
  Deno.mkdirSync(`${dir.path}/store/partial`);
  const kept = open().lastReceipt("count/3")!.key;
  await collectGarbage(open(), { reachable: new Set([kept]), keepDays: 0, dryRun: false });
  assertEquals(notes(), 1);
  assertEquals((await run([count(4)])).worked, [4]);
  await collect();
  assertEquals(notes(), 0);
});
