/** What is submitted when, to clusters that take no more than so many jobs, or do not answer. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../../lib/base/errors.ts";
import { openCode } from "../../../../pipeline/engine/code/closure_io.ts";
import { planRun } from "../../../../pipeline/engine/run.ts";
import type { RunEvent, TaskSpec } from "../../../../pipeline/engine/types.ts";
import type { SlurmClient, Submitted } from "../../../../pipeline/executors/slurm/client_io.ts";
import type { Ending } from "../../../../pipeline/executors/slurm/ending.ts";
import { parseIndices } from "../../../../pipeline/executors/slurm/queue.ts";
import type { SlurmSettings } from "../../../../pipeline/executors/slurm/settings.ts";
import { listSubmissions, readGroup } from "../../../../pipeline/executors/slurm/submission_io.ts";
import { beginSubmission } from "../../../../pipeline/executors/slurm/submit_io.ts";
import { type EngineProject, engineProject, QUICK_JOBS } from "../../../support/engine_project.ts";
import { task, tasksOf } from "../../../support/tasks.ts";

const never = () => Promise.reject(new Error("not here"));

/** Takes jobs up to a limit, as a cluster does that limits what a user may submit: a whole array or none of it. */
class LimitedCluster {
  readonly limit: number;
  readonly calls: (readonly string[])[] = [];
  readonly open = new Set<string>();
  refusals = 0;
  readonly client: SlurmClient;
  #number = 100;

  constructor(limit: number, mostElements = 1001) {
    this.limit = limit;
    this.client = {
      mostElements: () => Promise.resolve(mostElements),
      submit: (args) => Promise.resolve(this.#submit(args)),
      find: () => Promise.resolve(undefined),
      query: () =>
        Promise.resolve(
          new Map([...this.open].map((job) => [job, {
            job,
            phase: "running",
            state: "RUNNING",
            reason: "",
            nodes: "",
          }])),
        ),
      cancel: never,
      requeue: never,
    };
  }

  #submit(args: readonly string[]): Submitted {
    const array = args.find((arg) => arg.startsWith("--array="))?.slice("--array=".length);
    const job = `${this.#number}`;
    const names = array === undefined ? [job] : parseIndices(array).map((index) => `${job}_${index}`);
    if (this.open.size + names.length > this.limit) {
      this.refusals++;
      return { kind: "full", said: "AssocMaxSubmitJobLimit" };
    }
    this.#number++;
    this.calls.push(args);
    for (const name of names) this.open.add(name);
    return { kind: "job", job };
  }
}

function submit(
  project: EngineProject,
  tasks: readonly TaskSpec[],
  client: SlurmClient,
  settings: Partial<SlurmSettings> = {},
) {
  const events: RunEvent[] = [];
  const request = {
    graph: { tasks },
    store: project.store(),
    code: openCode(project.root),
    onEvent: (event: RunEvent) => void events.push(event),
  };
  const begin = async () => {
    const submitter = await beginSubmission({
      request,
      plan: await planRun(request),
      projectRoot: project.root,
      settings: { ...QUICK_JOBS, ...settings },
      most: undefined,
      client,
      prepare: () => Promise.resolve(),
    });
    return submitter!;
  };
  return { events, begin };
}

function sweep(count: number): readonly TaskSpec[] {
  const numbers = Array.from({ length: count }, (_, i) => i);
  return [
    task("features/a", {}, { slice: { text: "a" } }),
    ...numbers.map((i) => task(`train/${i}`, { f: "features/a" }, { slice: { text: `${i}` } })),
    ...numbers.map((i) => task(`evaluate/${i}`, { t: `train/${i}` }, { slice: { text: `${i}` } })),
  ];
}

Deno.test("what a cluster has no room for follows as jobs end, in arrays as large as there is room for", async () => {
  await using project = engineProject("slurm");
  const cluster = new LimitedCluster(60);
  const { events, begin } = submit(project, sweep(40), cluster.client);
  const submitter = await begin();
  assertEquals(submitter.open.length, 60, "as many as there may be");
  const endings = new Map<string, Ending>();
  const dependencies: string[] = [];
  for (let looks = 0; submitter.left.size > 0; looks++) {
    assert(looks < 200, `${submitter.left.size} tasks are left`);
    // Slurm starts them in the order of submission; three end at a time.
    for (const { taskJob: { task, job, index } } of submitter.open.slice(0, 3)) {
      endings.set(task, "ran");
      cluster.open.delete(index === null ? job : `${job}_${index}`);
    }
    const before = cluster.calls.length;
    await submitter.more(endings);
    dependencies.push(...cluster.calls.slice(before).flat().filter((arg) => arg.startsWith("--dependency=")));
  }
  assertEquals(submitter.total, 81);
  assert(cluster.calls.length < 50, `${cluster.calls.length} calls of sbatch for 81 tasks`);
  assert(cluster.refusals < 40, `${cluster.refusals} refusals`);
  // Evaluations of trainings that were submitted before run along these arrays.
  assert(dependencies.some((text) => /=aftercorr:\d+$/.test(text)), dependencies.join(" "));
  const notes = events.flatMap((event) => event.type === "task-note" ? [event.message] : []);
  assertEquals(notes.length, 1, notes.join("\n"));
  assert(/says "AssocMaxSubmitJobLimit"\): \d+ tasks follow as others end/.test(notes[0]!), notes[0]);
  assertEquals(tasksOf(events, "task-queued").toSorted(), sweep(40).map(({ name }) => name).toSorted());
  // Each job finds its task, whatever step it was submitted in.
  const [submission, another] = listSubmissions(project.store());
  assertEquals(another, undefined);
  const names = cluster.calls.map((args) => args.at(-1)!.replace(/^.*\/(.*)\.sh$/, "$1"));
  assertEquals(new Set(names).size, names.length);
  const members = names.flatMap((name) =>
    readGroup(submission!.folder, name).members.map(({ task }) => task)
  );
  assertEquals(members.toSorted(), sweep(40).map(({ name }) => name).toSorted());
});

Deno.test("tasks without a job are given up when what they read was not made", async () => {
  await using project = engineProject("slurm");
  const cluster = new LimitedCluster(4);
  const { begin } = submit(project, sweep(4), cluster.client);
  const submitter = await begin();
  assertEquals([...submitter.left], ["train/3", "evaluate/0", "evaluate/1", "evaluate/2", "evaluate/3"]);
  const endings = new Map<string, Ending>([["features/a", "ran"], ["train/0", "failed"], ["train/1", "ran"]]);
  assertEquals(Object.fromEntries(submitter.block(endings)), { "evaluate/0": "train/0" });
  cluster.open.clear();
  assertEquals((await submitter.more(endings)).map(({ taskJob }) => taskJob.task), [
    "train/3",
    "evaluate/1",
    "evaluate/2",
  ]);
});

Deno.test("a cluster that takes nothing although nothing is there to end is told at once", async () => {
  await using project = engineProject("slurm");
  const { begin } = submit(project, sweep(2), new LimitedCluster(0).client);
  const error = await assertRejects(begin, UserError, "it takes no job");
  assertEquals(error.reason, "cluster");
});

Deno.test("what another process submitted meanwhile for what is left is not submitted again", async () => {
  await using project = engineProject("slurm");
  const cluster = new LimitedCluster(2);
  const first = await submit(project, sweep(2), cluster.client).begin();
  assertEquals(first.left.size, 3);
  const other = new LimitedCluster(9);
  const second = await submit(project, sweep(2), {
    ...other.client,
    query: async (jobs) => new Map([...await cluster.client.query(jobs), ...await other.client.query(jobs)]),
  }).begin();
  assertEquals([second.total, other.open.size, second.left.size], [5, 3, 0]);
  cluster.open.clear();
  for (const name of other.open) cluster.open.add(name);
  await first.more(new Map<string, Ending>([["features/a", "ran"], ["train/0", "ran"]]));
  assertEquals([first.left.size, cluster.calls.length], [0, 2], "the other's are followed");
});

Deno.test("who asks for other values hears once that what is queued keeps its own", async () => {
  await using project = engineProject("slurm");
  const cluster = new LimitedCluster(99);
  await submit(project, sweep(3), cluster.client).begin();
  const notesOf = async (settings: Partial<SlurmSettings>, tasks = 3) => {
    const { begin, events } = submit(project, sweep(tasks), cluster.client, settings);
    await begin();
    return events.flatMap((event) => event.type === "task-note" ? [`${event.task}: ${event.message}`] : []);
  };
  assertEquals(await notesOf({}), []);
  assertEquals(await notesOf({ cpus: 99, pollSeconds: 9 }), [], "tasks of one thread ask for no more");
  // What is submitted now has them.
  const wanted = { memory: "9999G", setup: ["module load vulkan"] };
  assertEquals(await notesOf(wanted, 4), [
    "features/a: job 100 and 6 more that are queued or running keep the values that they were submitted with " +
    '(executor.memory: null -> 9999G, executor.setup: [] -> ["module load vulkan"]); to have those asked for now, ' +
    "first `deno task cancel features/a`, then run this command again",
  ]);
  const [newest] = listSubmissions(project.store()).filter(({ folder }) =>
    Deno.readTextFileSync(`${folder}/settings.json`).includes("9999G")
  );
  assertEquals(Deno.statSync(`${newest!.folder}/settings.json`).mode! & 0o777, 0o600);
  // Of submissions that nobody can read any more nothing is said.
  for (const cutOff of ["", '{"memory":"99']) {
    for (const { folder } of listSubmissions(project.store())) {
      Deno.writeTextFileSync(`${folder}/settings.json`, cutOff);
    }
    assertEquals(await notesOf({ memory: "1G" }), [], cutOff);
  }
  for (const { folder } of listSubmissions(project.store())) Deno.removeSync(`${folder}/settings.json`);
  assertEquals(await notesOf({ memory: "1G" }), []);
});

const silent = new UserError("cluster", "Cannot reach Slurm: sbatch did not answer within 60 s.");

Deno.test("a job that sbatch did not tell of is looked for before anything is submitted again", async () => {
  await using project = engineProject("slurm");
  const cluster = new LimitedCluster(99);
  const asked: string[] = [];
  const mute = (find: SlurmClient["find"]): SlurmClient => ({
    ...cluster.client,
    async submit(args, environment) {
      await cluster.client.submit(args, environment);
      throw silent;
    },
    find: (name, folder) => {
      asked.push(`${name} in ${folder.replace(/^.*\//, "")}`);
      return find(name, folder);
    },
  });
  const one = [task("a", {}, { slice: { text: "a" } })];
  // It is there.
  const there = await submit(project, one, mute(() => Promise.resolve("100"))).begin();
  assertEquals(there.open.map(({ taskJob }) => taskJob.job), ["100"]);
  const [submission] = listSubmissions(project.store());
  assertEquals(asked, [`a in ${submission!.id}`]);

  // Nobody knows: the next command finds it, and submits nothing.
  const two = [task("b", {}, { slice: { text: "b" } })];
  const unknown = submit(project, two, mute(() => Promise.reject(silent)));
  await assertRejects(unknown.begin, UserError, "did not answer");
  const calls = cluster.calls.length;
  const next = submit(project, two, { ...cluster.client, find: () => Promise.resolve("101") });
  const submitter = await next.begin();
  assertEquals([submitter.open.map(({ taskJob }) => taskJob.job), cluster.calls.length], [["101"], calls]);

  // It is not: then it is submitted.
  const three = [task("c", {}, { slice: { text: "c" } })];
  const lost = submit(project, three, { ...mute(() => Promise.resolve(undefined)) });
  await assertRejects(lost.begin, UserError, "did not answer");
  const again = await submit(project, three, cluster.client).begin();
  assertEquals([again.open.length, again.total], [1, 1]);
});
