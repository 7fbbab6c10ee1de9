/** Several processes on one store, and processes that are killed. */
import { assert, assertEquals } from "@std/assert";
import { finish, parseEvents, plainName, Project } from "../../support/project.ts";
import { until } from "../../support/until.ts";

const TRAIN = "train/tones-linear-nnaudio-D-mel10-seed0";
const SWEEP = ["sweep", "--n-mels", "10"];

Deno.test("two processes that run the same sweep share the work and both end well", async () => {
  await using project = new Project();
  const args = ["sweep", "--n-mels", "10,20", "--setting", "A,D", ...project.tiny, "--json"];
  const [first, second] = await Promise.all([project.run(...args), project.run(...args)]);
  assertEquals([first.code, second.code], [0, 0], first.stderr + second.stderr);
  const done = [first, second].flatMap((r) => parseEvents(r.stdout)).flatMap((e) =>
    e.type === "task-done" ? [e.task] : []
  );
  assertEquals(done.toSorted(), [...new Set(done)].toSorted(), "a task was done twice");
  assertEquals(done.filter((task) => task.startsWith("train/")).length, 4);
});

Deno.test("a training that is killed resumes and ends with the bytes of one that never stopped", async () => {
  await using undisturbed = new Project();
  const args = [...SWEEP, ...undisturbed.tiny, "epochs=12"];
  assertEquals((await undisturbed.run(...args)).code, 0);

  await using project = await killedInTraining(args);
  const { result, events } = await project.events(...args);
  assertEquals(result.code, 0, result.stderr);
  assert(
    events.some((e) =>
      e.type === "task-note" && plainName(e.task) === TRAIN && /^Resumes after epoch/.test(e.message)
    ),
    "it did not resume",
  );
  assertEquals(receiptOf(project)!.outputs, receiptOf(undisturbed)!.outputs);
});

/** A project whose training was killed between two checkpoints; one that ends before the signal comes is no use. */
async function killedInTraining(args: readonly string[]): Promise<Project> {
  for (;;) {
    const project = new Project();
    const child = project.start(...args);
    const output = finish(child);
    await untilCheckpoint(project);
    killTree(child.pid);
    await output;
    if (receiptOf(project) === undefined) return project;
    await project[Symbol.asyncDispose]();
  }
}

Deno.test("the fast flags and the number of jobs change no byte of a result", async () => {
  await using project = new Project();
  const args = [
    "sweep",
    "--n-mels",
    "10",
    "--setting",
    "A,D",
    "--model",
    "linear,bc_resnet",
    ...project.tiny,
  ];
  const plain = await project.events(...args);
  assertEquals(plain.result.code, 0, plain.result.stderr);
  const drifted = (events: typeof plain.events) =>
    events.flatMap((e) => e.type === "task-done" && e.drift ? [e.task] : []);
  const fast = await project.events(...args, "backend.fast=true", "--jobs", "1", "--force", "train");
  assertEquals(fast.ran.filter((task) => task.startsWith("train/")).length, 4, fast.result.stderr);
  assertEquals(drifted(fast.events), []);
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test(`a run that is asked to end by ${signal} says so, fails, and leaves no half result`, async () => {
    await using project = new Project();
    const child = project.start(...SWEEP, ...project.tiny, "epochs=100000");
    const output = finish(child);
    await untilCheckpoint(project);
    child.kill(signal);
    const { code, stderr } = await output;
    assertEquals([code, /Stopped/.test(stderr)], [1, true], stderr);
    assertEquals(receiptOf(project), undefined);
    assertEquals([...Deno.readDirSync(`${project.storePath}/locks`)], []);
    assertEquals((await project.run("logs", "train")).stdout.trimEnd().endsWith("  Cancelled."), true);
    const { code: verified } = await project.run("verify");
    assertEquals(verified, 0);
  });
}

Deno.test("a run whose output nobody reads on stops in order and quietly, and the next goes on", async () => {
  await using project = new Project();
  const child = project.start(...SWEEP, ...project.tiny, "--json");
  const reader = child.stdout.getReader();
  assertEquals((await reader.read()).done, false);
  await reader.cancel();
  const [{ code }, stderr] = await Promise.all([child.status, new Response(child.stderr).text()]);
  assertEquals([code, stderr], [141, ""]);
  assertEquals([...Deno.readDirSync(`${project.storePath}/locks`)], []);
  assertEquals((await project.run(...SWEEP, ...project.tiny)).code, 0);
  const list = project.start("status", ...project.tiny);
  await list.stdout.cancel();
  const [{ code: listed }, said] = await Promise.all([list.status, new Response(list.stderr).text()]);
  assertEquals([listed, said], [141, ""]);
});

Deno.test("the log that a failure names holds it, and is shown by the name of the run", async () => {
  await using project = new Project();
  const { code, stderr } = await project.run(...SWEEP, ...project.tiny, "optim.model.lr=1e30");
  assertEquals(code, 1);
  const [, why = "", log = ""] = /failed: (Training stopped .*)\n {4}log: (.*)$/m.exec(stderr) ?? [];
  assert(log !== "", stderr);
  assert(Deno.readTextFileSync(log).trimEnd().endsWith(`  Failed: ${why}`), Deno.readTextFileSync(log));
  const [, run = ""] = /train\/(\S+): failed/.exec(stderr) ?? [];
  const shown = await project.run("logs", run);
  for (const text of [`  Failed: ${why}`, "Training on wasm"]) {
    assert(shown.stdout.includes(text), shown.stdout);
  }
});

function receiptOf(project: Project) {
  return project.lastReceipt(TRAIN);
}

/** Waits until the training has left a checkpoint to resume from, or is over. */
async function untilCheckpoint(project: Project): Promise<void> {
  const partial = `${project.storePath}/partial`;
  const names = (folder: string) => {
    try {
      return [...Deno.readDirSync(folder)].map(({ name }) => name);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  };
  const hasCheckpoint = (key: string) =>
    names(`${partial}/${key}`).some((attempt) =>
      names(`${partial}/${key}/${attempt}`).some((name) => name.endsWith(".safetensors"))
    );
  await until(() => names(partial).some(hasCheckpoint) || receiptOf(project) !== undefined);
}

/** SIGKILL to a process and its children, as an out-of-memory killer or a power cut would. */
function killTree(pid: number): void {
  const { stdout } = new Deno.Command("ps", { args: ["-o", "pid=", "--ppid", String(pid)] }).outputSync();
  const children = new TextDecoder().decode(stdout).split(/\s+/).filter(Boolean).map(Number);
  for (const id of [pid, ...children]) {
    try {
      Deno.kill(id, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}
