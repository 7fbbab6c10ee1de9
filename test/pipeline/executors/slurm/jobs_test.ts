/** What happens to jobs on a real Slurm of one node: time limits, preemption, kills, edits after submission. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { kill } from "node:process";
import { UserError } from "../../../../lib/base/errors.ts";
import { openCode } from "../../../../pipeline/engine/code/closure_io.ts";
import type { RunEvent, TaskSpec } from "../../../../pipeline/engine/types.ts";
import { slurmClient } from "../../../../pipeline/executors/slurm/client_io.ts";
import { slurmExecutor } from "../../../../pipeline/executors/slurm/executor_io.ts";
import { jobsOf } from "../../../../pipeline/executors/slurm/store_jobs_io.ts";
import { parseQueueJson, parseQueueText, QUEUE_FORMAT } from "../../../../pipeline/executors/slurm/queue.ts";
import type { SlurmSettings } from "../../../../pipeline/executors/slurm/settings.ts";
import { jobLogPath } from "../../../../pipeline/executors/slurm/submission_io.ts";
import { readTaskJobs } from "../../../../pipeline/executors/slurm/task_jobs_io.ts";
import { type EngineProject, engineProject, QUICK_JOBS, type Work } from "../../../support/engine_project.ts";
import { onSlurm } from "../../../support/executors.ts";
import { task, tasksOf } from "../../../support/tasks.ts";

/** Jobs that queue again wait for their old credentials to expire. */
const SLOW = true;

function work(name: string, slice: Work, inputs: Readonly<Record<string, string>> = {}): TaskSpec {
  return task(name, inputs, { slice: slice as TaskSpec["slice"] });
}

function executor(project: EngineProject, settings: Partial<SlurmSettings> = {}, detach = false) {
  return slurmExecutor({
    projectRoot: project.root,
    settings: { ...QUICK_JOBS, ...settings },
    detach,
    prepare: () => Promise.resolve(),
  });
}

async function slurm(command: string, ...args: string[]): Promise<string> {
  const { stdout, stderr, success } = await new Deno.Command(command, { args }).output();
  const said = new TextDecoder().decode(stderr);
  assert(success, `${command} ${args.join(" ")}: ${said}`);
  return new TextDecoder().decode(stdout).trim();
}

/** Does something to the job of `a` when its first epoch is over. */
function atFirstEpoch(action: (job: string) => Promise<unknown>) {
  const events: RunEvent[] = [];
  let job = "";
  let done: Promise<unknown> | undefined;
  const onEvent = (event: RunEvent) => {
    events.push(event);
    if (event.type === "task-queued" && event.task === "a") job = event.job;
    if (event.type === "task-progress") done ??= action(job);
  };
  return { events, onEvent, done: () => done };
}

function startsOf(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((e) =>
    e.type === "task-note" && e.message.startsWith("starts at") ? [e.message] : []
  );
}

function failureOf(events: readonly RunEvent[]) {
  const event = events.find((event) => event.type === "task-failed");
  if (event?.type !== "task-failed") throw new Error(`Nothing failed: ${JSON.stringify(events)}`);
  return event.failure;
}

onSlurm("a job near its time limit queues again and goes on from its checkpoint", async () => {
  await using project = engineProject("slurm");
  // The signal that Slurm sends (--signal=B:USR1), without the minutes that its time limits are made of.
  const watch = atFirstEpoch((job) => slurm("scancel", "--batch", "--signal=USR1", job));
  const { summary } = await project.runOn(
    executor(project),
    [work("a", { epochs: 2, endlessFrom: 1 })],
    watch,
  );
  assertEquals([summary.ran, summary.failed], [1, 0]);
  const starts = startsOf(watch.events);
  assertEquals([starts.length, starts[0], starts[1] === "starts at 0"], [2, "starts at 0", false]);
  assertEquals(project.store().lastReceipt("a")!.attempts, 2);
}, SLOW);

onSlurm("a job that was queued again too often is a failure that says what to raise", async () => {
  await using project = engineProject("slurm");
  const watch = atFirstEpoch((job) => slurm("scancel", "--batch", "--signal=USR1", job));
  const tasks = [work("a", { epochs: 2, endlessFrom: 1 }), work("b", {}, { x: "a" })];
  const { summary } = await project.runOn(executor(project, { maxRequeues: 0 }), tasks, watch);
  assertEquals([summary.failed, summary.blocked], [1, 1]);
  const failure = failureOf(watch.events);
  assertEquals(failure.reason, "time-limit");
  assert(/max_requeues/.test(failure.message), failure.message);
});

onSlurm("a preempted job waits, goes on from its checkpoint, and what depends on it waits too", async () => {
  await using project = engineProject("slurm");
  const script = project.dir.write("urgent.sh", "#!/bin/bash\nsleep 1\n");
  const urgent = () => slurm("sbatch", "--partition=urgent", "--exclusive", "--output=/dev/null", script);
  const watch = atFirstEpoch(urgent);
  const tasks = [work("a", { epochs: 2, endlessFrom: 1 }), work("b", {}, { x: "a" })];
  const { summary } = await project.runOn(executor(project), tasks, watch);
  await watch.done();
  assertEquals([summary.ran, summary.failed], [2, 0]);
  const starts = startsOf(watch.events.filter((e) => "task" in e && e.task === "a"));
  assertEquals([starts.length, starts[1] === "starts at 0"], [2, false], `${starts}`);
}, SLOW);

onSlurm("a killed job is a failure that names it, and the next submission goes on", async () => {
  await using project = engineProject("slurm");
  const tasks = [work("a", { epochs: 2, endlessFrom: 1 }), work("b", {}, { x: "a" })];
  const watch = atFirstEpoch(() => Promise.resolve(kill(ownerOf(project), "SIGKILL")));
  const { summary } = await project.runOn(executor(project), tasks, watch);
  assertEquals([summary.failed, summary.blocked], [1, 1]);
  const failure = failureOf(watch.events);
  assertEquals(failure.reason, "cluster");
  assert(/^Job \d+ failed/.test(failure.message), failure.message);
  assertEquals(tasksOf(watch.events, "task-blocked"), ["b"]);
  const next = await project.run(tasks);
  assertEquals(next.summary.ran, 2);
  assertEquals(
    startsOf(next.events.filter((e) => "task" in e && e.task === "a"))[0] === "starts at 0",
    false,
  );
}, SLOW);

/** The process that holds the one lock, as the text of the lock says. */
function ownerOf(project: EngineProject): number {
  const [lock] = [...Deno.readDirSync(`${project.storePath}/locks`)].filter(({ name }) =>
    name.endsWith(".lock")
  );
  return JSON.parse(project.dir.read(`store/locks/${lock!.name}`).split("\n")[0]!).owner.pid;
}

onSlurm("what a job knows of the submitter is in no file, and what it prints is nobody else's", async () => {
  await using project = engineProject("slurm");
  const proxy = "http://name:secret-word@proxy:3128";
  const spec = work("a", { tries: { seen: `() => Deno.env.get("https_proxy").length` } });
  Deno.env.set("https_proxy", proxy);
  try {
    const permissions = { net: ["localhost:1"], env: ["https_proxy"], packages: [] };
    const { summary } = await project.runOn(executor(project), [{ ...spec, permissions }]);
    assertEquals(summary.ran, 1);
  } finally {
    Deno.env.delete("https_proxy");
  }
  const store = project.store();
  const output = store.lastReceipt("a")!.outputs["out.txt"]!;
  assertStringIncludes(await store.readText(output, "out.txt"), String(proxy.length));
  const files = filesBelow(project.storePath);
  assertEquals(files.filter((path) => Deno.readTextFileSync(path).includes("secret-word")), []);
  const own = files.filter((path) => /\/submissions\/[^/]+\/(scripts|logs)\//.test(path));
  assertEquals(own.map((path) => Deno.statSync(path).mode! & 0o777), [0o600, 0o600]);
  assertEquals(
    Deno.statSync(store.objectPath(output, "out.txt")).mode! & 0o044,
    0o444 & ~Deno.umask() & 0o044,
  );
});

function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory, isFile }) => {
    const path = `${folder}/${name}`;
    return isDirectory ? filesBelow(path) : isFile ? [path] : [];
  });
}

onSlurm("what waits for an element of an array that was cancelled in the queue does not run", async () => {
  await using project = engineProject("slurm");
  // Nothing starts before the first is over, so that the others are cancelled while they wait.
  const slow = work("slow", { held: true });
  const some = Array.from({ length: 3 }, (_, i) => work(`t/${i}`, { text: `${i}` }, { s: "slow" }));
  const onEvent = (event: RunEvent) => {
    if (event.type === "task-queued" && event.task === "t/1") {
      void slurmClient().cancel([event.job]).then(() => project.release());
    }
  };
  const tasks = [slow, ...some, work("end", {}, { a: "t/1", b: "t/2" })];
  const { summary } = await project.runOn(executor(project), tasks, { onEvent });
  assertEquals([summary.ran, summary.cancelled, summary.blocked, summary.failed], [3, 1, 1, 0]);
});

onSlurm("a job whose setup fails is a failure that says which line, here and in status", async () => {
  await using project = engineProject("slurm");
  const tasks = [
    work("t/a", { text: "a" }),
    work("t/b", { text: "b" }),
    work("end", {}, { a: "t/a", b: "t/b" }),
  ];
  const { summary, events } = await project.runOn(
    executor(project, { setup: ["echo a-secret-word", "module_of nobody"] }),
    tasks,
  );
  assertEquals([summary.failed, summary.blocked], [2, 1]);
  const ended = `Cannot set up the job on ${Deno.hostname()}: executor.setup[1] ended with status 127`;
  const sentence = `${ended}; the job's log has the line and what it printed`;
  const printed = `${ended}: module_of nobody`;
  const { message, reason, log, logTail, task: name } = failureOf(events);
  assertEquals([message, reason], [sentence, "cluster"]);
  assertEquals(project.dir.read(`store/${log}`).split("\n").filter((line) => line === printed), [printed]);
  assertEquals([logTail[0], logTail.at(-1)], ["a-secret-word", printed]);
  // Files that are made for nobody else say it, others do not, whatever the umask.
  const others = filesBelow(project.storePath)
    .filter((path) => !/\/submissions\/[^/]+\/(scripts\/|logs\/|settings\.json$)/.test(path));
  assertEquals(others.filter((path) => path.includes("/events/")).length, 2);
  assertEquals(others.filter((path) => /secret-word|module_of/.test(Deno.readTextFileSync(path))), []);
  const status = await jobsOf(project.store())!.status({ tasks }, openCode(project.root));
  assertEquals([status.get(name)?.phase, status.get(name)?.words], ["failed", sentence]);
});

onSlurm("a job that no node is large enough for is told while it is followed, and what to do", async () => {
  await using project = engineProject("slurm");
  const large = { ...work("a", {}), resources: { threads: 99, gpu: 0 } };
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent) => {
    events.push(event);
    if (event.type !== "task-note") return;
    const job = /^job (\d+) /.exec(event.message)?.[1];
    if (job !== undefined) void slurmClient().cancel([job]);
  };
  const { summary } = await project.runOn(executor(project, { cpus: 99 }), [large], { onEvent });
  assertEquals([summary.cancelled, summary.failed], [1, 0]);
  const notes = events.flatMap((event) => event.type === "task-note" ? [event.message] : []);
  assertEquals(notes.length, 1, notes.join("\n"));
  assertStringIncludes(
    notes[0]!,
    "is queued (PartitionConfig) and cannot start, as no node of the partition has",
  );
  assertStringIncludes(
    notes[0]!,
    "first `deno task cancel a`, then run this command again with another value of",
  );
});

onSlurm("jobs that Slurm gives up as no node has so much memory are told with what to change", async () => {
  await using project = engineProject("slurm");
  const tasks = [work("a", { text: "a" }), work("b", { text: "b" })];
  const { summary, events } = await project.runOn(executor(project, { memory: "9999G" }), tasks);
  assertEquals(summary.failed, 2);
  const messages = events.flatMap((event) => event.type === "task-failed" ? [event.failure.message] : []);
  assertEquals(new Set(messages).size, 1, messages.join("\n"));
  assertStringIncludes(messages[0]!, "Slurm gave its job up (FAILED, BadConstraints): it cannot start");
});

onSlurm("a partition that there is not is told once, with how to find one", async () => {
  await using project = engineProject("slurm");
  const error = await assertRejects(
    () => project.runOn(executor(project, { partition: "nosuch" }), [work("a", {})]),
    UserError,
  );
  assertEquals(
    error.message,
    "Cannot use Slurm: sbatch ended with status 1: invalid partition specified: nosuch. Name a partition that `sinfo` " +
      "lists with executor.partition or executor.stages.STAGE.partition.",
  );
});

onSlurm("a cancelled job is no failure", async () => {
  await using project = engineProject("slurm");
  const watch = atFirstEpoch((job) => slurmClient().cancel([job]));
  const { summary } = await project.runOn(
    executor(project),
    [work("a", { epochs: 2, endlessFrom: 1 })],
    watch,
  );
  assertEquals([summary.cancelled, summary.failed], [1, 0]);
  assertEquals([...Deno.readDirSync(`${project.storePath}/failures`)].length, 0);
});

onSlurm(
  "what is edited after the submission changes nothing in it, and the same again submits nothing",
  async () => {
    await using project = engineProject("slurm");
    const before = project.dir.read("project/lib/signature.ts");
    const tasks = [work("a", { text: "1", held: true }), work("b", { text: "2" }, { x: "a" })];
    const first = await project.runOn(executor(project, {}, true), tasks);
    assertEquals([first.summary.queued, first.summary.ran], [2, 0]);
    const second = await project.runOn(executor(project, {}, true), tasks);
    const submitted = second.events.find((event) => event.type === "submitted");
    assertEquals(submitted?.type === "submitted" && [submitted.tasks, submitted.queued], [0, 2]);

    project.dir.write("project/lib/signature.ts", 'export const SIGNATURE = "edited";\n');
    // With other code it is other work, which does not count as queued.
    const other = await project.runOn(executor(project, {}, true), [work("b2", { text: "3" }, {})]);
    assertEquals(other.summary.queued, 1);
    project.dir.write("project/lib/signature.ts", before);
    const [{ summary }] = await Promise.all([project.run(tasks), project.release()]);
    assertEquals(summary.failed, 0);
    const receipt = project.store().lastReceipt("b")!;
    assertEquals(project.store().lastReceipt("a")!.attempts, 1, "followed, not run again");
    const output = project.store().objectPath(receipt.outputs["out.txt"]!, "out.txt");
    assertEquals(JSON.parse(Deno.readTextFileSync(output)).signature, "one");
  },
);

onSlurm("a job whose external input changed since the submission fails and says so", async () => {
  await using project = engineProject("slurm");
  const path = project.dir.write("in.txt", "a");
  const tasks = [work("slow", { held: true }), work("read", {}, { x: "slow", data: path })];
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent) => {
    events.push(event);
    if (event.type !== "submitted") return;
    Deno.writeTextFileSync(path, "b");
    void project.release();
  };
  const { summary } = await project.runOn(executor(project), tasks, { onEvent });
  assertEquals([summary.ran, summary.failed], [1, 1]);
  const failure = failureOf(events);
  assertEquals([failure.reason, failure.message.includes("since it was submitted")], ["input-changed", true]);
});

onSlurm("text and JSON of squeue say the same, and jobs that Slurm forgot are known as such", async () => {
  await using project = engineProject("slurm");
  const tasks = Array.from({ length: 6 }, (_, i) => work(`t/${i}`, { held: true }));
  const waiting = work("end", {}, { a: "t/0", b: "t/5" });
  await project.runOn(executor(project, {}, true), [...tasks, waiting]);
  const [text, json] = await Promise.all([
    slurm("squeue", "--noheader", "--array", "--states=all", `--format=${QUEUE_FORMAT}`),
    slurm("squeue", "--json"),
  ]);
  // Reasons and states move on while one looks, so only what jobs there are is compared.
  const names = (views: readonly { readonly job: string }[]) => views.map(({ job }) => job).sort();
  assertEquals(names(parseQueueText(text)), names(parseQueueJson(json)));
  assert(parseQueueText(text).some(({ job }) => job.endsWith("_5")), text);

  const jobs = await readTaskJobs(project.store(), slurmClient());
  assertEquals(jobs.size, 7);
  assert([...jobs.values()].every(({ view }) => view.phase === "running" || view.phase === "queued"));
  assertEquals((await slurmClient().query(["999999"])).size, 0);
  const known = [...jobs.values()].map(({ view }) => view.job);
  await slurmClient().cancel(known);
  await slurmClient().cancel([...known, "999999"]); // over, and never heard of
});

onSlurm("what jobs print is found by the task's name, of single jobs as of arrays", async () => {
  await using project = engineProject("slurm");
  const tasks = [
    work("one/x=1,y", {}),
    work("two/a", { text: "a" }),
    work("two/b", { text: "b", throws: "no" }),
  ];
  const { events } = await project.run(tasks);
  const submitted = events.find((event) => event.type === "submitted");
  const folder = submitted?.type === "submitted" ? submitted.folder : "";
  for (const { name } of tasks) {
    const text = Deno.readTextFileSync(jobLogPath({ id: "", folder }, name));
    assert(text.includes(`${name}: started on 1 thread`), text);
  }
});

onSlurm("a job waits for whoever holds the task's lock and then finds it done", async () => {
  await using project = engineProject("slurm");
  const tasks = [work("a", { held: true })];
  const local = project.start(tasks);
  await local.until("task-note");
  const onEvent = (event: RunEvent) => {
    events.push(event);
    if (event.type === "task-waiting") void project.release();
  };
  const events: RunEvent[] = [];
  await project.run(tasks, { onEvent });
  await local.finish();
  assertEquals([tasksOf(events, "task-waiting"), tasksOf(events, "task-fresh")], [["a"], ["a"]]);
});
