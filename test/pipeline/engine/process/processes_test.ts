import { assertEquals } from "@std/assert";
import { kill } from "node:process";
import { lockName } from "../../../../pipeline/engine/store/layout.ts";
import { identityOf, liveness } from "../../../../pipeline/engine/store/process_io.ts";
import type { RunEvent, TaskKey, TaskSpec } from "../../../../pipeline/engine/types.ts";
import { onEveryExecutor } from "../../../support/executors.ts";
import { type EngineProject, engineProject, type Work } from "../../../support/engine_project.ts";
import { task, tasksOf } from "../../../support/tasks.ts";
import { until } from "../../../support/until.ts";

function work(
  name: string,
  slice: Work,
  inputs: Readonly<Record<string, string>> = {},
  other: Partial<TaskSpec> = {},
) {
  return task(name, inputs, { slice: slice as TaskSpec["slice"], ...other });
}

function outputOf(project: EngineProject, name: string) {
  const store = project.store();
  const receipt = store.lastReceipt(name)!;
  return JSON.parse(Deno.readTextFileSync(store.objectPath(receipt.outputs["out.txt"]!, "out.txt")));
}

/** Lines of a log, without the time that each begins with. */
function logOf(project: EngineProject, record: { readonly log: string }): readonly string[] {
  const lines = Deno.readTextFileSync(project.store().logPath(record)).trimEnd().split("\n");
  return lines.map((line) => /^\d{4}-\d\d-\d\dT[\d:.]+Z {2}(.*)$/.exec(line)![1]!);
}

function failureOf(events: readonly RunEvent[]) {
  const event = events.find((event) => event.type === "task-failed");
  if (event?.type !== "task-failed") throw new Error(`Nothing failed: ${JSON.stringify(events)}`);
  return event.failure;
}

function names(project: EngineProject, folder: string): readonly string[] {
  return [...Deno.readDirSync(`${project.storePath}/${folder}`)].map((entry) => entry.name).sort();
}

onEveryExecutor(
  "stages run as processes, read each other's outputs and report what they do",
  async (executor) => {
    await using project = engineProject(executor);
    const tasks = [work("b", { text: "2", epochs: 2 }, { a: "a" }), work("a", { text: "1" })];
    const { summary, events } = await project.run(tasks);
    assertEquals(summary.ran, 2);
    const output = outputOf(project, "b");
    assertEquals(output.text, "2");
    assertEquals(JSON.parse(output.inputs[0]).text, "1");
    assertEquals(tasksOf(events, "task-progress"), ["b", "b"]);
    assertEquals(
      events.filter((event) => event.type === "task-note" && event.message === "starts at 0").length,
      2,
    );
    const log = logOf(project, project.store().lastReceipt("b")!);
    assertEquals(log.filter((line) => /^a line /.test(line)).toSorted(), [
      "a line of standard error",
      "a line that is no message",
    ]);
    assertEquals(log.filter((line) => /^starts at|epochs$/.test(line)), [
      "starts at 0",
      "1 of 2 epochs",
      "2 of 2 epochs",
    ]);
    assertEquals([/^b starts as attempt 1 of key/.test(log[0]!), /^Done in /.test(log.at(-1)!)], [
      true,
      true,
    ]);
    assertEquals((await project.run(tasks)).summary.fresh, 2);
    assertEquals(names(project, "staging"), []);
    assertEquals(names(project, "locks").filter((name) => name.endsWith(".lock")), []);
  },
);

onEveryExecutor(
  "a comment in a source reruns nothing; a change without effect reruns its stage and stops there; another goes on",
  async (executor) => {
    await using project = engineProject(executor);
    const tasks = [work("a", {}), work("b", {}, { a: "a" }, { module: "stages/copy.ts" })];
    project.dir.write(
      "project/stages/copy.ts",
      project.dir.read("project/stages/stage.ts").replace("../lib/signature.ts", "../lib/other.ts"),
    );
    project.dir.write("project/lib/other.ts", 'export const SIGNATURE = "b";');
    await project.run(tasks);
    project.dir.write("project/lib/signature.ts", 'export const SIGNATURE = "one"; // why\n');
    assertEquals((await project.run(tasks)).summary.fresh, 2);
    project.dir.write("project/lib/signature.ts", 'export const SIGNATURE = "o" + "ne";\n');
    const idle = await project.run(tasks);
    assertEquals(tasksOf(idle.events, "task-started"), ["a"]);
    assertEquals(tasksOf(idle.events, "task-fresh"), ["b"]);
    project.dir.write("project/lib/signature.ts", 'export const SIGNATURE = "two";\n');
    const real = await project.run(tasks);
    assertEquals(tasksOf(real.events, "task-started"), ["a", "b"]);
  },
);

onEveryExecutor(
  "a stage may read its inputs and the code and write its staging folder, and nothing else",
  async (executor) => {
    await using project = engineProject(executor);
    const secret = project.dir.write("secret.txt", "x");
    const tries = {
      passwd: '() => Deno.readTextFileSync("/etc/passwd").length',
      secret: `() => Deno.readTextFileSync(${JSON.stringify(secret)})`,
      store: '(io) => Deno.readDirSync(io.outDir + "/../../../objects").next().done',
      home: '() => Deno.env.get("HOME")',
      everything: "() => Object.keys(Deno.env.toObject()).length",
      write: `() => Deno.writeTextFileSync(${JSON.stringify(secret)}, "y")`,
      code: '() => Deno.writeTextFileSync(new URL("../lib/signature.ts", Deno.mainModule), "")',
      input: '(io) => Deno.writeTextFileSync(io.input("a"), "")',
      staging: '(io) => Deno.writeTextFileSync(io.outDir + "/../x", "")',
      network: '() => Deno.connect({ hostname: "127.0.0.1", port: 9 })',
      fetch: '() => fetch("http://127.0.0.1:18999/")',
      run: '() => new Deno.Command("true").outputSync().code',
      remote: '() => import("https://127.0.0.1:9/x.ts")',
      granted: '() => Deno.env.get("ENGINE_TEST_GRANTED")',
      source: '() => Deno.readTextFileSync(new URL("../lib/signature.ts", Deno.mainModule)).length > 0',
      partial: '(io) => Deno.writeTextFileSync(io.partialDir + "/x", "") ?? "written"',
    };
    const permissions = { net: [], env: ["ENGINE_TEST_GRANTED"], packages: [] };
    Deno.env.set("ENGINE_TEST_GRANTED", "yes");
    await project.run([work("a", {}), work("b", { tries }, { a: "a" }, { permissions })]);
    Deno.env.delete("ENGINE_TEST_GRANTED");
    const { remote, granted, source, partial, ...others } = outputOf(project, "b").tried;
    assertEquals(new Set(Object.values(others)), new Set(["NotCapable"]), JSON.stringify(others));
    assertEquals(Object.keys(others).length, 12);
    assertEquals([granted, source, partial], ["allowed: yes", "allowed: true", "allowed: written"]);
    assertEquals(remote, "TypeError");
  },
);

Deno.test("a stage that is granted a host reaches that host and no other", async () => {
  await using project = engineProject();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response("hello"),
  );
  const other = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => new Response("no"));
  const address = (it: typeof server) => `127.0.0.1:${it.addr.port}`;
  const get = (it: typeof server) => `async () => await (await fetch("http://${address(it)}/")).text()`;
  const permissions = { net: [address(server)], env: [], packages: [] };
  const tries = { granted: get(server), other: get(other) };
  await project.run([work("a", { tries }, {}, { permissions })]);
  assertEquals(outputOf(project, "a").tried, { granted: "allowed: hello", other: "NotCapable" });
  await Promise.all([server.shutdown(), other.shutdown()]);
});

const endings: readonly (readonly [string, Work, string])[] = [
  ["throws", { throws: "matrix is singular" }, "matrix is singular"],
  ["ends with a status", { exit: 7 }, "ended with status 7"],
  ["ends without a word", { exit: 0 }, "ended without saying that it was done"],
];
for (const [name, slice, message] of endings) {
  onEveryExecutor(`a stage that ${name} is a failure with its log`, async (executor) => {
    await using project = engineProject(executor);
    const failure = failureOf((await project.run([work("a", slice)])).events);
    assertEquals(failure.reason, "unexpected");
    assertEquals(failure.message.includes(message), true, failure.message);
    assertEquals(failure.logTail.includes("a line of standard error"), true);
    const log = logOf(project, failure);
    assertEquals(log.includes("a line of standard error"), true);
    assertEquals(
      log.some((line) => line.includes(`Failed: `) && line.includes(message)),
      true,
      log.join("\n"),
    );
    assertEquals(names(project, "staging"), []);
  });
}

onEveryExecutor("a stage whose module cannot be loaded is a failure whose log says why", async (executor) => {
  await using project = engineProject(executor);
  project.dir.write("project/stages/stage.ts", "const a = ;");
  const failure = failureOf((await project.run([work("a", {})])).events);
  assertEquals(failure.logTail.join("\n").includes("stage.ts:1"), true, failure.logTail.join("\n"));
});

for (const [signal, reason] of [["SIGKILL", "unexpected"], ["SIGTERM", "interrupted"]] as const) {
  onEveryExecutor(`a stage ended by ${signal} from outside is a failure that names it`, async (executor) => {
    await using project = engineProject(executor);
    const onEvent = (event: RunEvent) => {
      events.push(event);
      if (event.type === "task-progress") kill(childOf(project, keyOf(events)), signal);
    };
    const events: RunEvent[] = [];
    await project.run([work("a", { epochs: 2, endlessFrom: 1 })], { onEvent });
    const failure = failureOf(events);
    assertEquals([failure.reason, failure.message.includes(signal)], [reason, true]);
  });
}

function keyOf(events: readonly RunEvent[]): TaskKey {
  const event = events.find((event) => event.type === "task-started");
  if (event?.type !== "task-started") throw new Error("Nothing started");
  return event.key;
}

/** The number of the stage's process: of all that the lock's owner began, for other tests too, the one that may write here. */
function childOf(project: EngineProject, key: TaskKey): number {
  const [text = ""] = Deno.readTextFileSync(`${project.storePath}/${lockName(key)}`).split("\n");
  const args = ["-ww", "-o", "pid=,args=", "--ppid", String(JSON.parse(text).owner.pid)];
  const { stdout } = new Deno.Command("ps", { args }).outputSync();
  const own = new TextDecoder().decode(stdout).split("\n").find((line) => line.includes(project.storePath));
  return Number.parseInt(own!);
}

Deno.test("an aborted run ends its stages, keeps their partial work and the next run goes on from it", async () => {
  await using project = engineProject();
  const stop = new AbortController();
  const tasks = [work("a", { epochs: 6, endlessFrom: 2 }), work("b", {}, { a: "a" })];
  const onEvent = (event: RunEvent) => {
    if (event.type === "task-progress" && event.progress.done === 2) stop.abort();
  };
  const { summary } = await project.run(tasks, { onEvent, signal: stop.signal });
  assertEquals(summary.cancelled, 2);
  assertEquals(names(project, "failures"), []);
  const next = await project.run(tasks);
  const starts = next.events.flatMap((event) =>
    event.type === "task-note" && event.task === "a" ? [event.message] : []
  );
  assertEquals(starts.length === 1 && starts[0] !== "starts at 0", true, `${starts}`);
  assertEquals(next.summary.ran, 2);
});

Deno.test("two engines share the work: each task is executed once", async () => {
  await using project = engineProject();
  const tasks = Array.from({ length: 5 }, (_, i) => work(`t${i}`, { epochs: 2, epochMs: 60, text: `${i}` }));
  const graph = [...tasks, work("end", {}, { a: "t0", b: "t4" })];
  const engines = [project.start(graph), project.start(graph)];
  const events = await Promise.all(engines.map((engine) => engine.finish()));
  assertEquals(names(project, "logs").length, 6, "one attempt a task");
  const ran = events.map((list) => tasksOf(list, "task-done").length);
  assertEquals(ran[0]! + ran[1]!, 6);
  for (const list of events) {
    const last = list.at(-1)!;
    if (last.type !== "finished") throw new Error("An engine did not finish");
    assertEquals(last.summary.ran + last.summary.fresh, 6);
  }
});

Deno.test("a killed process group leaves nothing visible; the next run takes over and goes on", async () => {
  await using project = engineProject();
  const tasks = [work("a", { epochs: 2, endlessFrom: 1 })];
  const engine = project.start(tasks);
  await engine.until("task-progress");
  kill(-engine.pid, "SIGKILL");
  const key = keyOf(await engine.finish());
  assertEquals(names(project, "receipts"), []);
  assertEquals(names(project, "objects"), []);
  assertEquals(names(project, "locks").includes(`${key}.lock`), true, "its lock is still there");
  const { summary, events } = await project.run(tasks);
  assertEquals(summary.ran, 1);
  const start = events.find((event) => event.type === "task-note");
  assertEquals(start?.type === "task-note" && start.message !== "starts at 0", true, "it went on");
  assertEquals(names(project, "staging"), []);
  assertEquals(project.store().lastReceipt("a")!.attempts, 2);
});

Deno.test("a stage ends by itself when only its engine is killed", async () => {
  await using project = engineProject();
  // It has nothing to say, so that it does not die of a pipe that nobody reads.
  const tasks = [work("a", { held: true })];
  const engine = project.start(tasks);
  await engine.until("task-note");
  const lock = names(project, "locks").find((name) => name.endsWith(".lock"))!;
  const child = identityOf(childOf(project, lock.slice(0, 64) as TaskKey));
  assertEquals(liveness(child), "alive");
  kill(engine.pid, "SIGKILL");
  await engine.finish();
  await until(() => liveness(child) === "gone");
});
