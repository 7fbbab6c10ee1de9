/** Following jobs, against a cluster that says what the test wants. */
import { assert, assertEquals } from "@std/assert";
import { UserError } from "../../../../lib/base/errors.ts";
import type { RunEvent, TaskKey } from "../../../../pipeline/engine/types.ts";
import type { SlurmClient } from "../../../../pipeline/executors/slurm/client_io.ts";
import { followJobs } from "../../../../pipeline/executors/slurm/follow_io.ts";
import type { JobView, SlurmPhase } from "../../../../pipeline/executors/slurm/queue.ts";
import { eventsPath, readEnded } from "../../../../pipeline/executors/slurm/submission_io.ts";
import { task, tasksOf } from "../../../support/tasks.ts";
import { type TempDir, tempDir } from "../../../support/temp_dir.ts";

const KEY = "0".repeat(64) as TaskKey;
const STARTED: RunEvent = { type: "task-started", task: "a", key: KEY, reason: "never ran", threads: 1 };
const DONE: RunEvent = { type: "task-done", task: "a", key: KEY, seconds: 1, drift: false };

type Look = Readonly<Record<string, SlurmPhase>> | Error;

/**
 * A cluster whose queue is one of `looks` after the other, the last for ever.
 *
 * @param reasonOf Why a job is queued, at that look.
 */
function cluster(
  looks: readonly Look[],
  onLook: (look: number) => void = () => {},
  reasonOf: (job: string, look: number) => string = () => "",
) {
  const cancelled: string[] = [];
  let count = 0;
  const client: SlurmClient = {
    mostElements: () => Promise.resolve(1001),
    find: () => Promise.reject(new Error("not here")),
    submit: () => Promise.reject(new Error("not here")),
    requeue: () => Promise.reject(new Error("not here")),
    cancel: (jobs) => {
      cancelled.push(...jobs);
      return Promise.resolve();
    },
    query() {
      const look = looks[Math.min(count, looks.length - 1)]!;
      onLook(count++);
      if (look instanceof Error) return Promise.reject(look);
      const views = Object.entries(look).map(([job, phase]): JobView => ({
        job,
        phase,
        state: phase.toUpperCase(),
        reason: phase === "queued" ? reasonOf(job, count - 1) : "",
        nodes: "n1",
      }));
      return Promise.resolve(new Map(views.map((view) => [view.job, view])));
    },
  };
  return { client, cancelled, looks: () => count };
}

async function follow(
  dir: TempDir,
  of: ReturnType<typeof cluster>,
  options: { readonly failFast?: boolean; readonly told?: Set<string> } = {},
) {
  const graph = { tasks: [task("a"), task("b", { x: "a" }), task("c")] };
  const submission = { id: "s", folder: `${dir.path}/submissions/s` };
  for (const name of ["events", "logs"]) Deno.mkdirSync(`${submission.folder}/${name}`, { recursive: true });
  const events: RunEvent[] = [];
  const endings = await followJobs({
    graph,
    jobs: graph.tasks.map(({ name, stage }, i) => ({
      submission,
      taskJob: { task: name, stage, recipe: name, job: `${i + 1}`, index: null },
    })),
    client: of.client,
    pollSeconds: 0.005,
    failFast: false,
    ...options,
    onEvent: (event) => events.push(event),
    signal: AbortSignal.timeout(5000),
  });
  return { events, endings: Object.fromEntries(endings), ended: readEnded(submission) };
}

function write(dir: TempDir, name: string, ...events: readonly RunEvent[]): void {
  const path = eventsPath(`${dir.path}/submissions/s`, name);
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  Deno.writeTextFileSync(path, events.map((event) => `${JSON.stringify(event)}\n`).join(""), {
    append: true,
  });
}

Deno.test("followJobs() tells what jobs report, and how those end that cannot", async () => {
  await using dir = tempDir();
  write(dir, "a", STARTED);
  write(dir, "a", DONE);
  const queue = cluster([
    { 1: "queued", 2: "queued", 3: "queued" },
    { 1: "running", 2: "queued", 3: "running" },
    { 1: "completed", 2: "timed-out", 3: "cancelled" },
  ]);
  const { events, endings, ended } = await follow(dir, queue);
  assertEquals(endings, { a: "ran", b: "failed", c: "cancelled" });
  assertEquals(tasksOf(events, "task-started"), ["a"]);
  const failure = events.flatMap((event) => event.type === "task-failed" ? [event.failure] : [])[0]!;
  assertEquals([failure.task, failure.reason], ["b", "time-limit"]);
  assertEquals(failure.log, "submissions/s/logs/b.log");
  assertEquals(dir.read(failure.log).trimEnd().endsWith(`  ${failure.message}`), true, dir.read(failure.log));
  assertEquals([...ended.keys()].toSorted(), ["2", "3"], "what Slurm will forget is kept");
});

Deno.test("followJobs() tells a failure before an attempt with what the job printed, others as they are told", async () => {
  await using dir = tempDir();
  const failed = (task: string, key: string): RunEvent => {
    const [message, log] = ["no setup", `submissions/s/logs/${task}.log`];
    const failure = {
      format: 1,
      key: key as TaskKey,
      task,
      reason: "cluster",
      message,
      failedAt: "",
      log,
    } as const;
    return { type: "task-failed", task, key: failure.key, failure: { ...failure, logTail: [] } };
  };
  for (const [task, key] of [["a", ""], ["b", KEY], ["c", ""]] as const) {
    if (task !== "c") dir.write(`submissions/s/logs/${task}.log`, "one\n\ntwo\n");
    write(dir, task, failed(task, key));
  }
  const { events } = await follow(dir, cluster([{ 1: "failed", 2: "failed", 3: "failed" }]));
  const tails = events.flatMap((event) => event.type === "task-failed" ? [event.failure.logTail] : []);
  assertEquals(tails, [["one", "two"], [], []]);
});

Deno.test("followJobs() waits a little for the words of a job that has ended", async () => {
  await using dir = tempDir();
  const queue = cluster([{ 1: "completed", 2: "completed", 3: "completed" }], (look) => {
    if (look === 2) { for (const name of ["a", "b", "c"]) write(dir, name, { ...DONE, task: name }); }
  });
  assertEquals((await follow(dir, queue)).endings, { a: "ran", b: "ran", c: "ran" });
});

Deno.test("followJobs() says once that Slurm does not answer, and looks on", async () => {
  await using dir = tempDir();
  for (const name of ["a", "b", "c"]) write(dir, name, { ...DONE, task: name });
  const away = new UserError("cluster", "Cannot use Slurm: timed out.");
  const queue = cluster([away, away, away, { 1: "completed", 2: "completed", 3: "completed" }]);
  const { events, endings } = await follow(dir, queue);
  assertEquals(events.filter((event) => event.type === "task-note").length, 1);
  assertEquals(endings, { a: "ran", b: "ran", c: "ran" });
});

Deno.test("followJobs() says once that it does not know a state, and looks on", async () => {
  await using dir = tempDir();
  for (const name of ["b", "c"]) write(dir, name, { ...DONE, task: name });
  const later = { 2: "completed", 3: "completed" } as const;
  const queue = cluster([{ 1: "unknown", ...later }, { 1: "unknown", ...later }, {
    1: "completed",
    ...later,
  }], (look) => {
    if (look === 2) write(dir, "a", DONE);
  });
  const { events, endings } = await follow(dir, queue);
  const notes = events.flatMap((event) => event.type === "task-note" ? [event.message] : []);
  assertEquals(notes, [
    "job 1 is in the state UNKNOWN on n1, which this program does not know: waiting on, for all jobs of which this is said",
  ]);
  assertEquals(endings, { a: "ran", b: "ran", c: "ran" });
});

Deno.test("followJobs() says once of jobs that never start as they are what to do about them", async () => {
  await using dir = tempDir();
  const stuck = { 1: "queued", 2: "queued", 3: "queued" } as const;
  const over = { 1: "cancelled", 2: "blocked", 3: "cancelled" } as const;
  const reasons = ["Resources", "PartitionConfig", "PartitionConfig", "PartitionConfig", "PartitionConfig"];
  const queue = cluster(
    [stuck, stuck, stuck, stuck, stuck, over],
    () => {},
    (job, look) => job === "2" ? "Dependency" : job === "3" && look === 1 ? "PartitionDown" : reasons[look]!,
  );
  const { events } = await follow(dir, queue);
  const notes = events.flatMap((event) => event.type === "task-note" ? [[event.task, event.message]] : []);
  // The third's first reason did not last.
  assertEquals(notes.map(([task, message]) => `${task}: ${message!.replace(/ and cannot .*$/, "")}`), [
    "a: job 1 is queued (PartitionConfig)",
    "c: job 3 is queued (PartitionConfig)",
  ]);
  assert(notes[0]![1]!.includes("first `deno task cancel a`, then run this command again"), notes[0]![1]);
});

Deno.test("followJobs() tells of no job again of which another has told", async () => {
  await using dir = tempDir();
  const told = new Set<string>();
  const stuck = { 1: "queued", 2: "queued", 3: "queued" } as const;
  const over = { 1: "cancelled", 2: "cancelled", 3: "cancelled" } as const;
  const counts = [];
  for (let i = 0; i < 2; i++) {
    const queue = cluster([stuck, stuck, stuck, over], () => {}, () => "PartitionDown");
    const { events } = await follow(dir, queue, { told });
    counts.push(events.filter((event) => event.type === "task-note").length);
  }
  assertEquals(counts, [1, 0]);
});

Deno.test("followJobs() goes on when Slurm does not take the cancelling of the rest", async () => {
  await using dir = tempDir();
  const ends = { 1: "failed", 2: "running", 3: "running" } as const;
  const queue = cluster([ends, ends, ends, ends, ends, { 1: "failed", 2: "cancelled", 3: "cancelled" }]);
  const refusing = { ...queue.client, cancel: () => Promise.reject(new UserError("cluster", "No.")) };
  const { endings } = await follow(dir, { ...queue, client: refusing }, { failFast: true });
  assertEquals(endings, { a: "failed", b: "cancelled", c: "cancelled" });
});

Deno.test("followJobs() names what blocks a job, and takes a job that Slurm forgot for failed", async () => {
  await using dir = tempDir();
  const queue = cluster([{ 2: "blocked", 3: "preempted" }]);
  const { events, endings } = await follow(dir, queue);
  assertEquals(endings, { a: "failed", b: "blocked", c: "failed" });
  const blocked = events.find((event) => event.type === "task-blocked");
  assertEquals(blocked?.type === "task-blocked" && blocked.task, "b");
  const failures = events.flatMap((event) => event.type === "task-failed" ? [event.failure.reason] : []);
  assertEquals(failures.toSorted(), ["cluster", "interrupted"]);
});

Deno.test("followJobs() reads on when a job is queued again, and does not read half a line", async () => {
  await using dir = tempDir();
  const path = eventsPath(`${dir.path}/submissions/s`, "a");
  write(dir, "a", STARTED);
  const [half, rest] = [JSON.stringify(DONE).slice(0, 20), JSON.stringify(DONE).slice(20)];
  Deno.writeTextFileSync(path, half, { append: true });
  for (const name of ["b", "c"]) write(dir, name, { ...DONE, task: name });
  const queue = cluster([
    { 1: "running", 2: "completed", 3: "completed" },
    { 1: "queued", 2: "completed", 3: "completed" },
    { 1: "running", 2: "completed", 3: "completed" },
  ], (look) => {
    if (look === 2) Deno.writeTextFileSync(path, `${rest}\n`, { append: true });
  });
  const { events, endings } = await follow(dir, queue);
  assertEquals(endings, { a: "ran", b: "ran", c: "ran" });
  assertEquals(tasksOf(events, "task-started"), ["a"]);
});

Deno.test("followJobs() cancels the rest at the first failure when asked to", async () => {
  await using dir = tempDir();
  const queue = cluster([
    { 1: "failed", 2: "queued", 3: "running" },
    { 1: "failed", 2: "queued", 3: "running" },
    { 1: "failed", 2: "queued", 3: "running" },
    { 1: "failed", 2: "queued", 3: "running" },
    { 1: "failed", 2: "blocked", 3: "cancelled" },
  ]);
  const { endings } = await follow(dir, queue, { failFast: true });
  assertEquals(queue.cancelled.slice(0, 2), ["2", "3"]);
  assertEquals(endings, { a: "failed", b: "blocked", c: "cancelled" });
});
