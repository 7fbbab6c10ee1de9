/** Two machines on one shared folder: processes in network, host-name, process and mount namespaces of their own. */
import { assert, assertEquals } from "@std/assert";
import { kill } from "node:process";
import type { RunEvent, TaskSpec } from "../../../../pipeline/engine/types.ts";
import { verifyStore } from "../../../../pipeline/engine/store/verify_io.ts";
import { engineProject, type Work } from "../../../support/engine_project.ts";
import { task, tasksOf } from "../../../support/tasks.ts";

const missing = await namespacesAreMissing();

function onTwoHosts(name: string, test: () => Promise<void>): void {
  const skipped = missing !== undefined && Deno.env.get("CI") !== "true";
  Deno.test({ name: skipped ? `${name} (skipped: ${missing})` : name, ignore: skipped, fn: test });
}

async function namespacesAreMissing(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "namespaces want Linux";
  const args = ["--net", "--uts", "--pid", "--mount", "--fork", "--mount-proc", "true"];
  try {
    const { success } = await new Deno.Command("unshare", { args, stderr: "null" }).output();
    return success ? undefined : "namespaces want root";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "no unshare on this machine";
    throw error;
  }
}

function work(name: string, slice: Work, inputs: Readonly<Record<string, string>> = {}): TaskSpec {
  return task(name, inputs, { slice: slice as TaskSpec["slice"] });
}

onTwoHosts("two hosts share the work: each task is executed once, and both end well", async () => {
  await using project = engineProject();
  const tasks = Array.from({ length: 6 }, (_, i) => work(`t${i}`, { epochs: 2, epochMs: 60, text: `${i}` }));
  const graph = [...tasks, work("end", {}, { a: "t0", b: "t5" })];
  const engines = [project.start(graph, "node-a"), project.start(graph, "node-b")];
  const events = await Promise.all(engines.map((engine) => engine.finish()));
  const ran = events.map((list) => tasksOf(list, "task-done"));
  assertEquals(ran.flat().toSorted(), graph.map(({ name }) => name).toSorted());
  for (const list of events) {
    const last = list.at(-1);
    if (last?.type !== "finished") throw new Error(`An engine did not finish: ${JSON.stringify(list)}`);
    assertEquals([last.summary.failed, last.summary.ran + last.summary.fresh], [0, 7]);
  }
  assertEquals(
    new Set([...project.store().receipts()].map(({ host }) => host)),
    new Set(["node-a", "node-b"]),
  );
  assertEquals((await verifyStore(project.store(), { repair: false })).problems, []);
});

onTwoHosts("a host waits as long as the other works, and takes over when it dies", async () => {
  await using project = engineProject();
  const tasks = [work("a", { epochs: 100, epochMs: 80 })];
  const first = project.start(tasks, "node-a");
  await first.until("task-progress");
  const second = project.start(tasks, "node-b");
  const waiting = await second.until("task-waiting");
  assert(waiting.type === "task-waiting" && /on node-a$/.test(waiting.owner), JSON.stringify(waiting));
  // Longer than the silence after which an owner counts as gone: it beats, so it is waited for.
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  kill(-first.pid, "SIGKILL");
  const died = performance.now();
  const done = await first.finish();
  assertEquals(tasksOf(done, "task-done"), [], "it died at work");
  const events = await second.finish();
  assert(performance.now() - died > 4_000, "it took over before it could know");
  assertEquals(tasksOf(events, "task-done"), ["a"]);
  const starts = events.flatMap((e: RunEvent) => e.type === "task-note" ? [e.message] : []);
  assertEquals([starts.length, starts[0] === "starts at 0"], [1, false], `${starts}`);
  const receipt = project.store().lastReceipt("a")!;
  assertEquals([receipt.attempts, receipt.host], [2, "node-b"]);
  assertEquals([...Deno.readDirSync(`${project.storePath}/locks`)].map(({ name }) => name), []);
  assertEquals([...Deno.readDirSync(`${project.storePath}/staging`)].map(({ name }) => name), []);
});

onTwoHosts("a host that was suspended finds that another took over, stops and takes its result", async () => {
  await using project = engineProject();
  const tasks = [work("a", { epochs: 3, endlessFrom: 1 })];
  const first = project.start(tasks, "node-a");
  await first.until("task-progress");
  kill(-first.pid, "SIGSTOP");
  const second = project.start(tasks, "node-b");
  await second.until("task-done");
  kill(-first.pid, "SIGCONT");
  const [woken, other] = await Promise.all([first.finish(), second.finish()]);
  assertEquals(tasksOf(other, "task-done"), ["a"]);
  const notes = woken.flatMap((e) => e.type === "task-note" && e.level === "warning" ? [e.message] : []);
  assertEquals(notes.length, 1);
  assert(
    /^this process was suspended, .* took over: what it began does not count$/.test(notes[0]!),
    notes[0],
  );
  assertEquals([tasksOf(woken, "task-done"), tasksOf(woken, "task-failed"), tasksOf(woken, "task-fresh")], [
    [],
    [],
    ["a"],
  ]);
  const receipt = project.store().lastReceipt("a")!;
  assertEquals([receipt.attempts, receipt.host], [2, "node-b"]);
  for (const folder of ["locks", "staging", "partial"]) {
    assertEquals([...Deno.readDirSync(`${project.storePath}/${folder}`)].map(({ name }) => name), []);
  }
  assertEquals((await verifyStore(project.store(), { repair: false })).problems, []);
});

onTwoHosts("of hosts that wait for a dead one, one takes over and the others find it done", async () => {
  await using project = engineProject();
  const tasks = [work("a", { epochs: 30, epochMs: 80 })];
  const first = project.start(tasks, "node-a");
  await first.until("task-progress");
  const others = ["node-b", "node-c", "node-d"].map((host) => project.start(tasks, host));
  await Promise.all(others.map((engine) => engine.until("task-waiting")));
  kill(-first.pid, "SIGKILL");
  await first.finish();
  const events = await Promise.all(others.map((engine) => engine.finish()));
  assertEquals(events.map((list) => tasksOf(list, "task-done").length).toSorted(), [0, 0, 1]);
  assertEquals(events.map((list) => tasksOf(list, "task-fresh").length).toSorted(), [0, 1, 1]);
  assertEquals(project.store().lastReceipt("a")!.attempts, 2);
});
