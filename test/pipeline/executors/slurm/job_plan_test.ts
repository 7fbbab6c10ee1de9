import { assertEquals } from "@std/assert";
import type { TaskSpec } from "../../../../pipeline/engine/types.ts";
import {
  type JobGroup,
  type JobRef,
  MOST_NAMED,
  planJobs,
} from "../../../../pipeline/executors/slurm/job_plan.ts";
import { QUICK_JOBS } from "../../../support/engine_project.ts";
import { task } from "../../../support/tasks.ts";

function plan(tasks: readonly TaskSpec[], options: {
  readonly submit?: readonly string[];
  readonly queued?: Readonly<Record<string, JobRef>>;
  readonly mostElements?: number;
} = {}): readonly JobGroup[] {
  const queued = new Map(Object.entries(options.queued ?? {}));
  return planJobs({ tasks }, {
    submit: new Set(options.submit ?? tasks.map(({ name }) => name).filter((name) => !queued.has(name))),
    queued,
    settings: QUICK_JOBS,
    mostElements: options.mostElements ?? 1001,
  });
}

/** `train-2[0:train/a,1:train/b] each 0` for each group. */
function words(groups: readonly JobGroup[]): readonly string[] {
  return groups.map(({ name, array, members, dependencies }) => {
    const list = members.map(({ task, index }) => `${index}:${task}`).join(",");
    const waits = dependencies.map((d) => {
      const indices = d.kind === "elements" || d.kind === "ended" ? d.indices : undefined;
      return `${d.kind} ${d.of}${indices === undefined ? "" : `/${indices.join("+")}`}`;
    });
    return [`${name}${array ? `[${list}]` : `(${members[0]!.task})`}`, ...waits].join(" ");
  });
}

const names = (stage: string, count: number) => Array.from({ length: count }, (_, i) => `${stage}/${i}`);

Deno.test("planJobs() makes arrays of alike tasks that run along each other", () => {
  const trains = names("train", 3).map((name) => task(name, { f: "features/a" }));
  const evaluates = names("evaluate", 3).map((name, i) => task(name, { t: `train/${i}`, f: "features/a" }));
  const all = task("all", Object.fromEntries(names("evaluate", 3).map((name) => [name, name])));
  assertEquals(words(plan([task("features/a"), ...trains, ...evaluates, all])), [
    "features-1(features/a)",
    "train-2[0:train/0,1:train/1,2:train/2] all 0",
    "evaluate-3[0:evaluate/0,1:evaluate/1,2:evaluate/2] each 1",
    "all-4(all) all 2",
  ]);
});

Deno.test("planJobs() keeps the indices of what an array runs along, gaps and all", () => {
  const features = names("features", 3).map((name) => task(name));
  const trains = [task("train/x", { f: "features/2" }), task("train/y", { f: "features/0" })];
  assertEquals(words(plan([...features, ...trains])).at(-1), "train-2[2:train/x,0:train/y] each 0");
});

Deno.test("planJobs() lets large sets that wait for the same be an array each", () => {
  const features = names("features", 2).map((name) => task(name));
  const trains = names("train", 5).map((name, i) => task(name, { f: `features/${i < 4 ? 0 : 1}` }));
  assertEquals(words(plan([...features, ...trains])), [
    "features-1[0:features/0,1:features/1]",
    "train-2[0:train/0,1:train/1,2:train/2,3:train/3] elements 0/0",
    "train-3(train/4) elements 0/1",
  ]);
});

Deno.test("planJobs() makes two arrays along one when each element is read twice", () => {
  const features = names("features", 9).map((name) => task(name));
  const trains = names("train", 18).map((name, i) => task(name, { f: `features/${i % 9}` }));
  const groups = plan([...features, ...trains]);
  assertEquals(groups.map(({ members }) => members.length), [9, 9, 9]);
  assertEquals(groups.slice(1).map(({ dependencies }) => dependencies[0]!.kind), ["each", "each"]);
});

Deno.test("planJobs() makes an array along all whose elements of the same index are read", () => {
  const [train, test] = ["train", "test"].map((split) =>
    names(`features/${split}`, 4).map((name) => task(name, { i: `index/${split}` }))
  );
  const indices = [task("index/train"), task("index/test")];
  // The first two runs read features of their own, the others share some.
  const reads = [0, 1, 2, 2, 3, 3, 3, 3];
  const trains = names("run", 8).map((name, i) => task(name, { f: `features/train/${reads[i]}` }));
  const evaluates = names("evaluate", 8).map((name, i) =>
    task(name, { t: `run/${i}`, f: `features/test/${reads[i]}` })
  );
  assertEquals(words(plan([...indices, ...train!, ...test!, ...trains, ...evaluates])).slice(3), [
    "run-4[0:run/2,1:run/3] elements 1/2",
    "run-5[0:run/4,1:run/5,2:run/6,3:run/7] elements 1/3",
    "run-6[0:run/0,1:run/1] each 1",
    "evaluate-7[0:evaluate/0,1:evaluate/1] each 5 each 2",
    "evaluate-8[0:evaluate/2,1:evaluate/3] each 3 elements 2/2",
    "evaluate-9[0:evaluate/4,1:evaluate/5,2:evaluate/6,3:evaluate/7] each 4 elements 2/3",
  ]);
});

Deno.test("planJobs() submits only what is asked for and waits for what is queued already", () => {
  const tasks = [task("a"), task("b", { x: "a" }), task("c", { x: "b" }), task("d", { x: "b" })];
  assertEquals(words(plan(tasks, { submit: ["c", "d"] })), ["c-1(c)", "d-2(d)"]);
  const queued = { a: { job: "7", index: 3 }, b: { job: "8", index: null } };
  assertEquals(words(plan(tasks, { queued })), ["c-1(c) all 8", "d-2(d) all 8"]);
  assertEquals(words(plan(tasks, { queued: { a: queued.a } }))[0], "b-1(b) elements 7/3");
});

Deno.test("planJobs() names the elements when a job waits for some of an array", () => {
  const tasks = [...names("a", 3).map((name) => task(name)), task("end", { x: "a/0", y: "a/2" })];
  assertEquals(words(plan(tasks)).at(-1), "end-2(end) elements 0/0+2");
});

Deno.test("planJobs() cuts arrays at the cluster's limit", () => {
  const groups = plan(names("a", 7).map((name) => task(name)), { mostElements: 3 });
  assertEquals(groups.map(({ members }) => members.map(({ index }) => index)), [[0, 1, 2], [0, 1, 2], [0]]);
});

Deno.test("planJobs() puts tasks with other resources into other arrays", () => {
  const gpu = { resources: { threads: 1, gpu: 1 } };
  const groups = plan(
    [task("a/0"), task("a/1", {}, gpu), task("a/2", {}, gpu), task("a/3")].map((spec) => spec),
  );
  assertEquals(groups.length, 1, "no graphics card is configured, so they ask for the same");
  const settings = { ...QUICK_JOBS, gpus: 1 };
  const tasks = [task("a/0"), task("a/1", {}, gpu)];
  const submit = new Set(tasks.map(({ name }) => name));
  const two = planJobs({ tasks }, { submit, queued: new Map(), settings, mostElements: 9 });
  assertEquals(two.map(({ resources }) => resources.gpus), [0, 1]);
});

/** A training of so many epochs of a run; it goes on from a shorter one of the same. */
function training(run: string, epochs: number, shorter?: number): TaskSpec {
  const after = shorter === undefined ? {} : { after: [`train/${run}-${shorter}`] };
  return task(`train/${run}-${epochs}`, { f: "features/a" }, {
    goesOn: { shared: run, output: "out.txt", ...after },
  });
}

Deno.test("planJobs() lets longer trainings wait for shorter ones, however these end and whichever comes first", () => {
  const tasks = [
    task("features/a"),
    training("x", 20, 10),
    training("x", 10),
    training("x", 40, 20),
    task("evaluate/x", { t: "train/x-40" }),
  ];
  assertEquals(words(plan(tasks)), [
    "features-1(features/a)",
    "train-2(train/x-10) all 0",
    "train-3(train/x-20) all 0 ended 1",
    "train-4(train/x-40) all 0 ended 2",
    "evaluate-5(evaluate/x) all 3",
  ]);
  const queued = { "features/a": { job: "7", index: null }, "train/x-10": { job: "8", index: 3 } };
  assertEquals(words(plan(tasks.slice(0, 3), { queued })), ["train-1(train/x-20) all 7 ended 8/3"]);
  assertEquals(
    words(plan(tasks, { submit: ["train/x-20"] })),
    ["train-1(train/x-20)"],
    "the shorter one is done",
  );
});

Deno.test("planJobs() makes arrays of longer trainings, each of which waits for the array of the shorter ones", () => {
  const runs = names("run", 3).map((name) => name.replace("/", ""));
  const tasks = [
    task("features/a"),
    ...runs.map((run) => training(run, 10)),
    ...runs.map((run) => training(run, 20, 10)),
  ];
  assertEquals(words(plan(tasks)).slice(1), [
    "train-2[0:train/run0-10,1:train/run1-10,2:train/run2-10] all 0",
    "train-3[0:train/run0-20,1:train/run1-20,2:train/run2-20] all 0 ended 1",
  ]);
  // A job by itself waits for its own.
  assertEquals(words(plan(tasks.slice(0, 5))).at(-1), "train-3(train/run0-20) all 0 ended 1/0");
});

Deno.test("planJobs() does not wait twice, nor in a circle of those that only had better be first", () => {
  const both = task("train/b", { a: "train/a" }, {
    goesOn: { shared: "x", output: "out.txt", after: ["train/a"] },
  });
  assertEquals(words(plan([task("train/a"), both])).at(-1), "train-2(train/b) all 0");
  const goesOn = (name: string) => ({ goesOn: { shared: "x", output: "out.txt", after: [name] } });
  const circle = [task("train/c", {}, goesOn("train/d")), task("train/d", {}, goesOn("train/c"))];
  assertEquals(words(plan(circle)), ["train-1(train/d)", "train-2(train/c) ended 0"]);
});

Deno.test("planJobs() lets arrays run along arrays that were submitted before", () => {
  const queued = Object.fromEntries(names("train", 6).map((name, index) => [name, { job: "7", index }]));
  const trains = names("train", 6).map((name) => task(name));
  const evaluates = names("evaluate", 6).map((name, i) => task(name, { t: `train/${i}` }));
  assertEquals(words(plan([...trains, ...evaluates], { queued, mostElements: 4 })), [
    "evaluate-1[0:evaluate/0,1:evaluate/1,2:evaluate/2,3:evaluate/3] each 7",
    "evaluate-2[4:evaluate/4,5:evaluate/5] each 7",
  ]);
});

Deno.test("planJobs() names no more elements than a controller should bear", () => {
  const few = names("a", MOST_NAMED + 2);
  const end = (count: number) =>
    task("end", Object.fromEntries(few.slice(0, count).map((name) => [name, name])));
  const waits = (count: number) =>
    plan([...few.map((name) => task(name)), end(count)]).at(-1)!.dependencies.map(({ kind }) => kind);
  assertEquals(waits(MOST_NAMED), ["elements"]);
  assertEquals(waits(MOST_NAMED + 1), ["ended"]);
  assertEquals(waits(MOST_NAMED + 2), ["all"]);
});
