/** Several processes on one store, and processes that are killed. */
import { assert, assertEquals } from "@std/assert";
import { openStore, type Store } from "../../../pipeline/engine/store/store_io.ts";
import { finish, parseEvents, ProjectCopy } from "../../support/project.ts";

const TRAIN = "train/tones-linear-nnaudio-D-mel10-seed0";

Deno.test("two processes that run the same sweep share the work and both end well", async () => {
  await using project = new ProjectCopy();
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
  await using project = new ProjectCopy();
  await using undisturbed = new ProjectCopy();
  const args = (p: ProjectCopy) => ["sweep", "--n-mels", "10", ...p.tiny, "epochs=12", "--json"];
  assertEquals((await undisturbed.run(...args(undisturbed))).code, 0);

  const child = project.start(...args(project));
  const output = finish(child);
  await untilCheckpoint(project);
  killTree(child.pid);
  await output;
  assertEquals(receiptOf(project), undefined, "the training ended before it was killed");

  const { result, events } = await project.events(...args(project).slice(0, -1));
  assertEquals(result.code, 0, result.stderr);
  assert(
    events.some((e) => e.type === "task-note" && e.task === TRAIN && /^Resumes after epoch/.test(e.message)),
    "it did not resume",
  );
  assertEquals(receiptOf(project)!.outputs, receiptOf(undisturbed)!.outputs);
});

Deno.test("the fast flags and the number of jobs change no byte of a result", async () => {
  await using project = new ProjectCopy();
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

Deno.test("an interrupted run says so, fails, and leaves no half result", async () => {
  await using project = new ProjectCopy();
  const child = project.start("sweep", "--n-mels", "10", ...project.tiny, "epochs=200");
  const output = finish(child);
  await untilCheckpoint(project);
  child.kill("SIGINT");
  const { code, stderr } = await output;
  assertEquals([code, /Stopped/.test(stderr)], [1, true], stderr);
  assertEquals(receiptOf(project), undefined);
  const { code: verified } = await project.run("verify");
  assertEquals(verified, 0);
});

function receiptOf(project: ProjectCopy) {
  return storeOf(project)?.lastReceipt(TRAIN);
}

function storeOf(project: ProjectCopy): Store | undefined {
  return openStore(`${project.root}/data/store`);
}

/** Waits until the training has left a checkpoint to resume from. */
async function untilCheckpoint(project: ProjectCopy): Promise<void> {
  const partial = `${project.root}/data/store/partial`;
  for (let tries = 0; tries < 1200; tries++) {
    try {
      for (const key of Deno.readDirSync(partial)) {
        if ([...Deno.readDirSync(`${partial}/${key.name}`)].some((f) => f.name.endsWith(".safetensors"))) {
          return;
        }
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("no checkpoint appeared within a minute");
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
