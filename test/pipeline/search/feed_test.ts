import { assert, assertEquals, assertRejects } from "@std/assert";
import type { ExecutionRequest, Executor } from "../../../pipeline/engine/executor.ts";
import type { FailureRecord, RunEvent, TaskKey, TaskSpec } from "../../../pipeline/engine/types.ts";
import { clusterFeed, type FeedRequest, localFeed } from "../../../pipeline/search/feed_io.ts";

function spec(name: string, ...inputs: string[]): TaskSpec {
  return {
    name,
    stage: name.split("/")[0]!,
    module: "",
    slice: null,
    inputs: Object.fromEntries(inputs.map((task) => [task, { kind: "task", task, output: "x" }])),
    outputs: ["x"],
    resources: { threads: 1, gpu: 0 },
    permissions: { net: [], env: [], packages: [] },
  };
}

const keyOf = (task: string) => `key of ${task}` as TaskKey;
const failureOf = (task: string) => ({ task, reason: "disk-full", message: "no room" }) as FailureRecord;

/** Executions with the tasks they ran, in order; a task that `fails` blocks those that read it. */
function fakeExecutor(fails: (task: string) => boolean = () => false, submits = false) {
  const done = new Set<string>();
  const log = { executions: [] as string[][], running: 0, most: 0 };
  const executor: Executor = {
    async execute({ graph, onEvent }: ExecutionRequest) {
      log.most = Math.max(log.most, ++log.running);
      if (submits) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        onEvent?.({ type: "submitted", tasks: graph.tasks.length, jobs: 1, queued: 0, folder: "" });
      }
      const ran: string[] = [];
      const broken = new Map<string, string>();
      for (const { name, inputs } of graph.tasks) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        const by = Object.keys(inputs).flatMap((task) => broken.get(task) ?? [])[0];
        const event: RunEvent = by !== undefined
          ? { type: "task-blocked", task: name, by }
          : fails(name)
          ? { type: "task-failed", task: name, key: keyOf(name), failure: failureOf(name) }
          : done.has(name)
          ? { type: "task-fresh", task: name, key: keyOf(name) }
          : { type: "task-done", task: name, key: keyOf(name), seconds: 0, drift: false };
        if (event.type === "task-failed" || event.type === "task-blocked") broken.set(name, by ?? name);
        if (event.type === "task-done") ran.push(name);
        done.add(name);
        onEvent?.(event);
      }
      log.executions.push(ran);
      log.running--;
      return { fresh: 0, ran: ran.length, failed: 0, blocked: 0, cancelled: 0, seconds: 0 };
    },
  };
  return { executor, log };
}

const request = {} as FeedRequest;
const graphOf = (trials: readonly number[]) => ({
  tasks: [spec("features/x"), ...trials.map((n) => spec(`train/${n}`, "features/x"))],
});
const errandOf = (n: number) =>
  Promise.resolve({ graph: graphOf([n]), task: `train/${n}`, own: [`train/${n}`] });

Deno.test("localFeed() makes what trials share once, and no more at a time than there are executors", async () => {
  const { executor, log } = fakeExecutor();
  const feed = localFeed([executor, executor], request, errandOf);
  const endings = await Promise.all([1, 2, 3, 4, 5].map((n) => feed.run(n)));
  assertEquals(endings, [1, 2, 3, 4, 5].map((n) => ({ kind: "done", key: keyOf(`train/${n}`) })));
  assertEquals(log.executions.flat().toSorted(), ["features/x", ...[1, 2, 3, 4, 5].map((n) => `train/${n}`)]);
  assertEquals(log.most, 2);
});

Deno.test("localFeed() tells what a task, or one that it builds on, failed of", async () => {
  for (const broken of ["features/x", "train/2"]) {
    const { executor } = fakeExecutor((task) => task === broken);
    const feed = localFeed([executor], request, errandOf);
    assertEquals(await feed.run(2), { kind: "failed", failure: failureOf(broken) });
  }
});

Deno.test("clusterFeed() submits what is asked for together at once, and ends each by itself", async () => {
  const { executor, log } = fakeExecutor((task) => task === "train/2", true);
  const sizes: number[] = [];
  const feed = clusterFeed(executor, request, (jobs: readonly number[]) => {
    sizes.push(jobs.length);
    return Promise.resolve({ graph: graphOf(jobs), tasks: jobs.map((n) => `train/${n}`) });
  });
  let later: Promise<unknown> = Promise.resolve();
  const first = feed.run(1).then((ending) => {
    later = feed.run(4); // while the others are still running
    return ending;
  });
  const endings = await Promise.all([first, feed.run(2), feed.run(3)]);
  assertEquals(endings.map(({ kind }) => kind), ["done", "failed", "done"]);
  assertEquals(await later, { kind: "done", key: keyOf("train/4") });
  assertEquals(sizes, [3, 1]);
  assert(log.most === 2, "a submission waits for no other");
});

Deno.test("clusterFeed() ends what is blocked with the failure that blocks it, and what nobody heard of as cancelled", async () => {
  const { executor } = fakeExecutor((task) => task === "features/x");
  const errands = (jobs: readonly number[]) =>
    Promise.resolve({ graph: graphOf(jobs), tasks: jobs.map((n) => `train/${n}`) });
  assertEquals(await clusterFeed(executor, request, errands).run(1), {
    kind: "failed",
    failure: failureOf("features/x"),
  });
  const deaf: Executor = {
    execute: () => Promise.resolve({ fresh: 0, ran: 0, failed: 0, blocked: 0, cancelled: 1, seconds: 0 }),
  };
  assertEquals(await clusterFeed(deaf, request, errands).run(1), { kind: "cancelled" });
});

Deno.test("clusterFeed() makes one submission of all that is asked for while another one is made", async () => {
  const { executor, log } = fakeExecutor(() => false, true);
  const sizes: number[] = [];
  const begun = Promise.withResolvers<void>();
  const feed = clusterFeed(executor, request, (jobs: readonly number[]) => {
    sizes.push(jobs.length);
    begun.resolve();
    return Promise.resolve({ graph: graphOf(jobs), tasks: jobs.map((n) => `train/${n}`) });
  });
  const asked = [feed.run(1)];
  await begun.promise;
  for (const n of [2, 3, 4, 5]) {
    asked.push(feed.run(n));
    await Promise.resolve(); // each by itself, as decisions are made
  }
  const endings = await Promise.all(asked);
  assertEquals(endings.map(({ kind }) => kind), ["done", "done", "done", "done", "done"]);
  assertEquals(sizes, [1, 4]);
  assertEquals(log.most, 2);
});

Deno.test("clusterFeed() goes on with what is waiting after a submission that could not be made", async () => {
  const { executor } = fakeExecutor();
  let first = true;
  const feed = clusterFeed(executor, request, (jobs: readonly number[]) => {
    const fails = first;
    first = false;
    return fails
      ? Promise.reject(new Error("the cluster does not answer"))
      : Promise.resolve({ graph: graphOf(jobs), tasks: jobs.map((n) => `train/${n}`) });
  });
  await assertRejects(() => feed.run(1), Error, "does not answer");
  assertEquals((await feed.run(2)).kind, "done");
});
