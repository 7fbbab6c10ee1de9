import { assertEquals, assertRejects } from "@std/assert";
import { sha256 } from "../../../lib/base/digest.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { manifestOf } from "../../../pipeline/engine/fingerprint.ts";
import { planRun, runGraph, type RunOptions } from "../../../pipeline/engine/run.ts";
import { openStore, type Store } from "../../../pipeline/engine/store/store_io.ts";
import type { RunEvent, RunSummary, TaskSpec } from "../../../pipeline/engine/types.ts";
import { cpuTime } from "../../support/cpu_time.ts";
import {
  fakeCode,
  fakeRunner,
  type FakeStage,
  NO_CODE,
  stagesIn,
  task,
  tasksOf,
  untilAborted,
  writeOutput,
} from "../../support/tasks.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";

const MACHINE = { threads: 4, gpu: 1, jobs: 4 };

interface Result {
  readonly summary: RunSummary;
  readonly events: readonly RunEvent[];
  readonly ran: readonly string[];
}

/** A store, code and runs of graphs over them; each run opens the store anew, as a new process would. */
function bench(dir: TempDir) {
  const code = fakeCode();
  const warnings: string[] = [];
  const open = (): Store =>
    openStore(`${dir.path}/store`, {
      onWarning: (message) => warnings.push(message),
      lockTimes: { pollMs: 10, heartbeatMs: 50, silentMs: 1000, unreadableMs: 200 },
    });
  const run = async (
    tasks: readonly TaskSpec[],
    stages: Readonly<Record<string, FakeStage>> = {},
    options: Partial<RunOptions> = {},
  ): Promise<Result> => {
    const runner = fakeRunner(stages);
    const events: RunEvent[] = [];
    const onEvent = (event: RunEvent) => events.push(event);
    const graph = { tasks };
    const summary = await runGraph({
      graph,
      store: open(),
      code,
      runner,
      resources: MACHINE,
      onEvent,
      ...options,
    });
    return { summary, events, ran: runner.ran };
  };
  return { code, warnings, open, run };
}

const index = task("index", {}, { slice: { words: 10 } });
const features = task("features", { index: "index" }, { slice: { n_mels: 40 } });
const train = task("train", { features: "features" });
const chain = [index, features, train];

function reasonOf(events: readonly RunEvent[], name: string): string | undefined {
  return events.flatMap((event) =>
    event.type === "task-started" && event.task === name ? [event.reason] : []
  )[0];
}

Deno.test("runGraph() runs everything once, inputs first, whatever the order of the graph", async () => {
  for (const tasks of [chain, chain.toReversed(), [features, train, index]]) {
    await using dir = tempDir();
    const { run } = bench(dir);
    const first = await run(tasks);
    assertEquals(first.ran, ["index", "features", "train"]);
    assertEquals({ ...first.summary, seconds: 0 }, {
      fresh: 0,
      ran: 3,
      failed: 0,
      blocked: 0,
      cancelled: 0,
      seconds: 0,
    });
    assertEquals(reasonOf(first.events, "train"), "never ran");
    const second = await run(tasks);
    assertEquals(second.ran, []);
    assertEquals(tasksOf(second.events, "task-fresh"), ["index", "features", "train"]);
  }
});

Deno.test("runGraph() writes nothing at all when everything is fresh", async () => {
  await using dir = tempDir();
  const { run } = bench(dir);
  await run(chain);
  const before = await listing(dir.path);
  await run(chain);
  assertEquals(await listing(dir.path), before);
});

async function listing(path: string): Promise<string> {
  const args = [path, "-printf", "%p %s %T@ %C@\n"];
  const { stdout } = await new Deno.Command("find", { args }).output();
  return new TextDecoder().decode(stdout).split("\n").sort().join("\n");
}

Deno.test("runGraph() reruns what a changed slice touches and says which field", async () => {
  await using dir = tempDir();
  const { run } = bench(dir);
  await run(chain);
  const { ran, events } = await run([index, { ...features, slice: { n_mels: 80 } }, train]);
  assertEquals(ran, ["features", "train"]);
  assertEquals(reasonOf(events, "features"), "slice.n_mels: 40 -> 80");
  assertEquals(reasonOf(events, "train"), "input features changed");
  const back = await run(chain);
  assertEquals(back.ran, [], "the old results are still there");
});

Deno.test("runGraph() stops the wave when a rerun task gives the same bytes", async () => {
  await using dir = tempDir();
  const { run, code } = bench(dir);
  await run(chain);
  code.code = manifestOf({ files: { "lib/x.ts": "new" }, packages: {} });
  const only = { ...index, module: "other.ts" };
  const sameCode = {
    manifest: (module: string) => module === "other.ts" ? code.code : NO_CODE,
  };
  const mixed = { ...sameCode, current: sameCode.manifest };
  const { ran, events } = await run([only, features, train], {}, { code: mixed });
  assertEquals(ran, ["index"]);
  assertEquals(reasonOf(events, "index"), "code: lib/x.ts added");
  assertEquals(tasksOf(events, "task-fresh"), ["features", "train"]);
});

Deno.test("runGraph() reruns when a locked package changes", async () => {
  await using dir = tempDir();
  const { run, code } = bench(dir);
  code.code = manifestOf({ files: {}, packages: { "zod@4.6.7": "a" } });
  await run([index]);
  code.code = manifestOf({ files: {}, packages: { "zod@4.6.8": "b" } });
  const { events } = await run([index]);
  assertEquals(reasonOf(events, "index"), "package zod: 4.6.7 -> 4.6.8");
});

Deno.test("runGraph() goes by the bytes of external inputs", async () => {
  await using dir = tempDir();
  const { run } = bench(dir);
  const path = dir.write("in/a.txt", "a");
  const tasks = [task("read", { a: path })];
  assertEquals((await run(tasks)).ran, ["read"]);
  Deno.removeSync(path);
  dir.write("in/a.txt", "a");
  assertEquals((await run(tasks)).ran, []);
  dir.write("in/a.txt", "b");
  const { ran, events } = await run(tasks);
  assertEquals(ran, ["read"]);
  assertEquals(reasonOf(events, "read"), "input a changed");
  Deno.removeSync(path);
  await assertRejects(() => run(tasks), UserError, path);
});

Deno.test("runGraph() fails a task whose external input changes while it runs", async () => {
  await using dir = tempDir();
  const { run } = bench(dir);
  const path = dir.write("in/a.txt", "a");
  const change: FakeStage = (launch) => {
    dir.write("in/a.txt", "b");
    writeOutput(launch, "made of a");
    return { kind: "done" };
  };
  const { events } = await run([task("read", { a: path })], { read: change });
  assertEquals(failuresOf(events), [["read", "input-changed"]]);
  assertEquals((await run([task("read", { a: path })])).ran, ["read"]);
});

Deno.test("runGraph() fails a task whose code was edited before its work began", async () => {
  await using dir = tempDir();
  const { run, code } = bench(dir);
  const before = code.code;
  const frozen = { manifest: () => before, current: () => code.code };
  const edit: FakeStage = (launch) => {
    launch.onReport({ type: "note", level: "info", message: "loads what it needs" });
    code.code = manifestOf({ files: { "lib/x.ts": "edited" }, packages: {} });
    writeOutput(launch, "x");
    return { kind: "done" };
  };
  const { events } = await run([index], { index: edit }, { code: frozen });
  assertEquals(failuresOf(events), [["index", "input-changed"]]);
});

Deno.test("runGraph() fails tasks whose code was edited since the run began", async () => {
  await using dir = tempDir();
  const { run, code } = bench(dir);
  const edited = manifestOf({ files: { "lib/x.ts": "edited" }, packages: {} });
  const before = code.code;
  const frozen = { manifest: () => before, current: () => code.code };
  const edit: FakeStage = (launch) => {
    writeOutput(launch, "x");
    launch.onReport({ type: "progress", progress: { done: 1, total: 2, unit: "steps" } });
    code.code = edited;
    return { kind: "done" };
  };
  const { events } = await run([index, features], { index: edit }, { code: frozen });
  assertEquals(tasksOf(events, "task-done"), ["index"], "its modules were loaded before the edit");
  assertEquals(failuresOf(events), [["features", "input-changed"]]);
});

function failuresOf(events: readonly RunEvent[]): readonly (readonly [string, string])[] {
  return events.flatMap((event) =>
    event.type === "task-failed" ? [[event.task, event.failure.reason] as const] : []
  );
}

const fail: FakeStage = (launch) => {
  for (let i = 0; i < 30; i++) launch.log.write(`line ${i}`);
  return { kind: "failed", reason: "loss-not-finite", message: "The loss is NaN at step 3." };
};

Deno.test("runGraph() goes on after a failure, blocks what depends on it and names the root", async () => {
  await using dir = tempDir();
  const { run, open } = bench(dir);
  const tasks = [
    ...chain,
    task("report", { train: "train" }),
    task("other"),
    task("other/next", { x: "other" }),
  ];
  const { summary, events } = await run(tasks, { features: fail });
  assertEquals({ ...summary, seconds: 0 }, {
    fresh: 0,
    ran: 3,
    failed: 1,
    blocked: 2,
    cancelled: 0,
    seconds: 0,
  });
  const blocked = events.filter((event) => event.type === "task-blocked");
  assertEquals(blocked, [
    { type: "task-blocked", task: "train", by: "features" },
    { type: "task-blocked", task: "report", by: "features" },
  ]);
  const failure = events.find((event) => event.type === "task-failed")!;
  if (failure.type !== "task-failed") throw new Error("no failure");
  assertEquals(open().failure(failure.key), failure.failure);
  assertEquals(failure.failure.logTail.length, 20);
  assertEquals(failure.failure.logTail.at(-1), "line 29");
  const log = Deno.readTextFileSync(`${dir.path}/store/${failure.failure.log}`).trimEnd().split("\n");
  assertEquals(log.filter((line) => / {2}line \d+$/.test(line)).length, 30);
  assertEquals(log.at(-1)!.endsWith(`  Failed: ${failure.failure.message}`), true, log.at(-1));

  const again = await run(tasks);
  assertEquals(again.ran, ["features", "train", "report"]);
  assertEquals(open().failure(failure.key), undefined, "success removes the record");
});

Deno.test("runGraph() stops what runs and starts nothing more when failFast is set", async () => {
  await using dir = tempDir();
  const { run } = bench(dir);
  const tasks = [
    task("bad"),
    task("long"),
    task("next", { x: "long" }),
    task("queued"),
    task("after", { x: "bad" }),
  ];
  const begun = Promise.withResolvers<void>();
  const long: FakeStage = (launch) => {
    begun.resolve();
    return untilAborted(launch);
  };
  const failThen: FakeStage = async (launch) => {
    await begun.promise;
    return await fail(launch);
  };
  const { summary, events } = await run(tasks, { bad: failThen, long }, {
    failFast: true,
    resources: { ...MACHINE, jobs: 2 },
  });
  assertEquals({ ...summary, seconds: 0 }, {
    fresh: 0,
    ran: 0,
    failed: 1,
    blocked: 1,
    cancelled: 3,
    seconds: 0,
  });
  assertEquals([...tasksOf(events, "task-cancelled")].sort(), ["long", "next", "queued"]);
});

Deno.test("runGraph() cancels everything and keeps partial work when aborted", async () => {
  await using dir = tempDir();
  const { run, open } = bench(dir);
  const stop = new AbortController();
  const saving: FakeStage = async (launch) => {
    Deno.writeTextFileSync(`${launch.request.partialDir}/epoch`, "7");
    queueMicrotask(() => stop.abort());
    return await untilAborted(launch);
  };
  const { summary, events } = await run(chain, { index: saving }, { signal: stop.signal });
  assertEquals({ ...summary, seconds: 0 }, {
    fresh: 0,
    ran: 0,
    failed: 0,
    blocked: 0,
    cancelled: 3,
    seconds: 0,
  });
  assertEquals(events.at(-1)!.type, "finished");
  const resuming: FakeStage = (launch) => {
    writeOutput(launch, Deno.readTextFileSync(`${launch.request.partialDir}/epoch`));
    return { kind: "done" };
  };
  assertEquals((await run([index], { index: resuming })).summary.ran, 1);
  const receipt = open().lastReceipt("index")!;
  assertEquals(receipt.attempts, 2);
  assertEquals([...Deno.readDirSync(`${dir.path}/store/partial`)], []);
});

Deno.test("runGraph() does not start when it is aborted already", async () => {
  await using dir = tempDir();
  const { run } = bench(dir);
  const { ran, summary } = await run(chain, {}, { signal: AbortSignal.abort() });
  assertEquals(ran, []);
  assertEquals(summary.cancelled, 3);
});

Deno.test("runGraph() fills the threads and keeps accelerator tasks apart", async () => {
  await using dir = tempDir();
  const { run } = bench(dir);
  let running = 0;
  let most = 0;
  let gpuRunning = 0;
  const full = Promise.withResolvers<void>();
  const seen: Record<string, number> = {};
  const stage: FakeStage = async (launch) => {
    const { gpu } = launch.spec.resources;
    seen[launch.spec.name] = launch.request.threads;
    most = Math.max(most, ++running);
    gpuRunning += gpu;
    assertEquals(gpuRunning <= 1, true);
    if (running === 5) full.resolve();
    await full.promise;
    running--;
    gpuRunning -= gpu;
    writeOutput(launch, launch.spec.name);
    return { kind: "done" };
  };
  const names = ["a", "b", "c", "gpu1", "gpu2", "wide"];
  const tasks = names.map((name) =>
    task(name, {}, { resources: { threads: name === "wide" ? 99 : 1, gpu: name.startsWith("gpu") ? 1 : 0 } })
  );
  const { summary } = await run(tasks, Object.fromEntries(names.map((name) => [name, stage])), {
    resources: { threads: 8, gpu: 0, jobs: 8 },
  });
  assertEquals(summary.ran, 6);
  assertEquals(most, 5);
  assertEquals(seen, { a: 1, b: 1, c: 1, gpu1: 1, gpu2: 1, wide: 4 });
});

Deno.test("runGraph() reruns a forced task, records drift and leaves its dependents fresh", async () => {
  await using dir = tempDir();
  const { run, open } = bench(dir);
  await run(chain);
  const same = await run(chain, {}, { force: ["features"] });
  assertEquals(same.ran, ["features"]);
  assertEquals(reasonOf(same.events, "features"), "forced");
  const other: FakeStage = (launch) => {
    writeOutput(launch, "other bytes");
    return { kind: "done" };
  };
  const drifted = await run(chain, { features: other }, { force: ["feat*"] });
  assertEquals(drifted.ran, ["features"]);
  assertEquals(drifted.events.filter((event) => event.type === "task-done" && event.drift).length, 1);
  assertEquals([...open().drifts()].length, 1);
  assertEquals((await run(chain)).ran, []);
  await assertRejects(() => run(chain, {}, { force: ["featuers"] }), UserError, 'Did you mean "features"?');
});

Deno.test("runGraph() says once which of what it used was made elsewhere, and makes it here if forced", async () => {
  await using dir = tempDir();
  const { run, open } = bench(dir);
  const there = { v8: "1", multiply_add: "rounded twice" };
  const here = { v8: "1", multiply_add: "fused" };
  const asked: string[][] = [];
  const options = {
    here: (facts: Iterable<string>) => {
      asked.push([...facts].sort());
      return Promise.resolve(here);
    },
  };
  const told = ({ events }: Result) => events.filter(({ type }) => type === "made-elsewhere");
  const first = await run(chain, {
    ...stagesIn({ v8: "1" }, "index"),
    ...stagesIn(there, "features", "train"),
  }, options);
  assertEquals([told(first), asked], [[], [[]]]);

  const again = await run(chain, {}, options);
  assertEquals([again.ran, asked.at(-1)], [[], ["multiply_add", "v8"]]);
  assertEquals(told(again), [{
    type: "made-elsewhere",
    results: 2,
    differences: [{ fact: "multiply_add", there: "rounded twice", here: "fused", results: 2 }],
    force: ["features", "train"],
  }]);

  const stages = stagesIn(here, "index", "features", "train");
  const forced = await run(chain, stages, { ...options, force: ["features", "train"] });
  assertEquals([forced.ran, told(forced)], [["features", "train"], []]);
  assertEquals([...open().drifts()], []);
  assertEquals(open().lastReceipt("train")!.environment, here);
  const last = await run(chain, {}, options);
  assertEquals([last.ran, told(last)], [[], []]);
});

Deno.test("runGraph() keeps no environment of what no environment changes", async () => {
  await using dir = tempDir();
  const { run, open } = bench(dir);
  const text = "archive with 1";
  const archive = task("archive", {}, { wanted: { "out.txt": sha256(text) }, v8Flags: ["--fast"] });
  await run([archive], stagesIn({ v8: "1" }, "archive"));
  const { environment, v8Flags } = open().lastReceipt("archive")!;
  assertEquals([environment, v8Flags], [undefined, ["--fast"]]);
});

Deno.test("runGraph() heals what is missing: a lost object is computed again, the rest stays", async () => {
  await using dir = tempDir();
  const { run, open, warnings } = bench(dir);
  await run(chain);
  const { outputs } = open().lastReceipt("features")!;
  Deno.removeSync(open().objectPath(outputs["out.txt"]!, "out.txt"));
  const { ran, events } = await run(chain);
  assertEquals(ran, ["features"]);
  assertEquals(reasonOf(events, "features"), "its stored result is missing or damaged");
  assertEquals(warnings.length > 0, true);
});

Deno.test("runGraph() ends in a failure and not in a crash when the engine's own work throws", async () => {
  await using dir = tempDir();
  const { run } = bench(dir);
  const nothing: FakeStage = () => ({ kind: "done" });
  const bug: FakeStage = () => {
    throw new TypeError("x is not a function");
  };
  const full: FakeStage = () => {
    throw Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
  };
  const tasks = [task("nothing"), task("bug"), task("full"), task("good")];
  const { events, summary } = await run(tasks, { nothing, bug, full });
  assertEquals(failuresOf(events).toSorted(), [["bug", "unexpected"], ["full", "disk-full"], [
    "nothing",
    "unexpected",
  ]]);
  assertEquals(summary.ran, 1);
});

Deno.test("two runs at once share the work, failures too", async () => {
  await using dir = tempDir();
  const { run } = bench(dir);
  const tasks = [...chain, task("bad")];
  /** Resolved as soon as the run that did not get the task waits for the other. */
  const waited = { index: Promise.withResolvers<void>(), bad: Promise.withResolvers<void>() };
  const onEvent = (event: RunEvent) => {
    if (event.type !== "task-waiting") return;
    if (event.task === "index" || event.task === "bad") waited[event.task].resolve();
  };
  const index: FakeStage = async (launch) => {
    await waited.index.promise;
    writeOutput(launch, "slow");
    return { kind: "done" };
  };
  const bad: FakeStage = async (launch) => {
    await waited.bad.promise;
    return await fail(launch);
  };
  const results = await Promise.all([1, 2].map(() => run(tasks, { index, bad }, { onEvent })));
  const ran = results.flatMap((result) => [...result.ran]);
  assertEquals(ran.toSorted(), ["bad", "features", "index", "train"]);
  for (const { summary } of results) {
    assertEquals(summary.failed, 1);
    assertEquals(summary.ran + summary.fresh, 3);
  }
});

Deno.test("planRun() says what would run and starts nothing", async () => {
  await using dir = tempDir();
  const { run, open, code } = bench(dir);
  await run([index]);
  const plan = await planRun({ graph: { tasks: chain }, store: open(), code });
  assertEquals([...plan].map(([name, state]) => [name, state.kind]), [
    ["index", "fresh"],
    ["features", "stale"],
    ["train", "pending"],
  ]);
});

Deno.test("runGraph() takes little time when 30 tasks are fresh", async () => {
  await using dir = tempDir();
  const { run, code } = bench(dir);
  const names = Array.from({ length: 120 }, (_, i) => [`lib/module_${i}.ts`, "0".repeat(64)]);
  code.code = manifestOf({ files: Object.fromEntries(names), packages: {} });
  const tasks = Array.from(
    { length: 30 },
    (_, i) => task(`t${i}`, i === 0 ? {} : { x: `t${i >> 1}`.replace(`t${i}`, "t0") }),
  );
  await run(tasks);
  const ms = await cpuTime(async () => {
    for (let i = 0; i < 5; i++) assertEquals((await run(tasks)).summary.fresh, 30);
  }) / 5;
  console.log(`30 fresh tasks: ${ms.toFixed(1)} ms`);
  assertEquals(ms < 150, true, `took ${ms} ms`);
});

/** Flips a bit of a stored output, as a bad disk would. */
function flipBit(store: Store, name: string): void {
  const path = store.objectPath(store.lastReceipt(name)!.outputs["out.txt"]!, "out.txt");
  const bytes = Deno.readFileSync(path);
  bytes[bytes.length >> 1]! ^= 1;
  Deno.chmodSync(path, 0o644);
  Deno.writeFileSync(path, bytes);
}

Deno.test("runGraph() makes damaged results again before anything reads them", async () => {
  await using dir = tempDir();
  await using undisturbed = tempDir();
  const { run, open } = bench(dir);
  const wanted = bench(undisturbed);
  const changed = { ...train, slice: { lr: 0.2 } };
  await run(chain);
  await wanted.run(chain);
  await wanted.run([index, features, changed]);
  flipBit(open(), "features");
  flipBit(open(), "index");
  const { ran, summary, events } = await run([index, features, changed]);
  assertEquals(ran, ["index", "features", "train"]);
  assertEquals([summary.ran, summary.fresh, summary.failed], [3, 0, 0]);
  const note = events.find((event) => event.type === "task-note")!;
  assertEquals(note.message.includes("is damaged (its bytes have the digest"), true, note.message);
  assertEquals(open().lastReceipt("train")!.outputs, wanted.open().lastReceipt("train")!.outputs);
});

Deno.test("runGraph() makes again what was damaged of results that are read in the end, and what these are made of", async () => {
  await using dir = tempDir();
  const { run, open, warnings } = bench(dir);
  await run(chain);
  const { outputs } = open().lastReceipt("train")!;
  flipBit(open(), "train");
  flipBit(open(), "features");
  const { ran, summary } = await run(chain, {}, { read: ["train"] });
  assertEquals([ran, summary.ran, summary.fresh], [["features", "train"], 2, 1]);
  assertEquals(warnings.filter((text) => /^The stored out.txt of train is damaged/.test(text)).length, 1);
  assertEquals((await run(chain, {}, { read: ["train"] })).summary.fresh, 3);
  assertEquals(open().lastReceipt("train")!.outputs, outputs);
  // What it reads is made again, to the same bytes: only then it is known whether it is fresh.
  const gone = open();
  Deno.removeSync(gone.objectPath(gone.lastReceipt("features")!.outputs["out.txt"]!, "out.txt"));
  flipBit(gone, "train");
  const again = await run(chain, {}, { read: ["train"] });
  assertEquals([again.ran, again.summary.failed], [["features", "train"], 0]);
});

Deno.test("runGraph() leaves damage alone that nothing reads", async () => {
  await using dir = tempDir();
  const { run, open } = bench(dir);
  await run(chain);
  flipBit(open(), "index");
  assertEquals((await run(chain)).summary.fresh, 3);
});
