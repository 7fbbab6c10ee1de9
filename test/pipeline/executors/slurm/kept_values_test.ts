import { assertEquals } from "@std/assert";
import { keptNote, keptValues } from "../../../../pipeline/executors/slurm/kept_values.ts";
import type { SlurmSettings } from "../../../../pipeline/executors/slurm/settings.ts";
import { QUICK_JOBS } from "../../../support/engine_project.ts";
import { task } from "../../../support/tasks.ts";

const THEN: SlurmSettings = { ...QUICK_JOBS, cpus: 4, time: "1:00:00" };
const threads = (threads: number, gpu = 0) => ({ resources: { threads, gpu } });

const rows: readonly (readonly [string, number, Partial<SlurmSettings>, readonly string[]])[] = [
  ["the same", 8, {}, []],
  ["how often the queue is looked at", 8, { pollSeconds: 60 }, []],
  ["memory", 8, { memory: "9999G" }, ["executor.memory: null -> 9999G"]],
  ["the same time in other words", 8, { time: "60" }, []],
  ["another time", 8, { time: "90" }, ["executor.time: 1:00:00 -> 90"]],
  ["processors that the task can use", 99, { cpus: 99 }, ["executor.cpus: 4 -> 99"]],
  ["processors that it cannot use", 3, { cpus: 99 }, []],
  ["cards of what computes on none", 8, { gpus: 2, gres: "gpu:a100" }, []],
  ["a stage's own", 8, { stages: { train: { memory: "8G" } } }, ["executor.stages.train.memory: null -> 8G"]],
  ["another stage's own", 8, { stages: { index: { memory: "8G" } } }, []],
  ["setup and options", 8, { setup: ["module load x"], options: ["--qos=long"] }, [
    'executor.setup: [] -> ["module load x"]',
    'executor.options: [] -> ["--qos=long"]',
  ]],
  ["requeues and warnings", 8, { maxRequeues: 9, warnSeconds: 90 }, [
    "executor.warn_seconds: 60 -> 90",
    "executor.max_requeues: 3 -> 9",
  ]],
];
for (const [name, most, now, told] of rows) {
  Deno.test(`keptValues() tells what a job has otherwise: ${name}`, () => {
    const spec = task("train/a", {}, threads(most));
    assertEquals(keptValues({ spec, settings: THEN }, { ...THEN, ...now }), told);
  });
}

Deno.test("keptValues() tells another kind of card only where one is asked for", () => {
  const spec = task("train/a", {}, threads(1, 1));
  const card = { ...THEN, gpus: 1 };
  assertEquals(keptValues({ spec, settings: card }, { ...card, gres: "gpu:a100" }), [
    "executor.gres: gpu -> gpu:a100",
  ]);
  assertEquals(keptValues({ spec, settings: THEN }, { ...card, gres: "gpu:a100" }), [
    "executor.gpus: 0 -> 1",
    "executor.gres: gpu -> gpu:a100",
  ]);
  assertEquals(keptValues({ spec, settings: { ...card, gres: "gpu:a100" } }, THEN), [
    "executor.gpus: 1 -> 0",
  ]);
});

Deno.test("keptNote() tells of all jobs at once, and which to end", () => {
  const [index, train, evaluate] = [
    task("index/a", {}, threads(1)),
    task("train/a", { x: "index/a" }, threads(8)),
    task("evaluate/a", { t: "train/a" }, threads(8)),
  ];
  const jobs = [index, train, evaluate].map((spec, i) => ({ spec: spec!, job: `${31 + i}`, settings: THEN }));
  assertEquals(keptNote(jobs, THEN), undefined);
  assertEquals(keptNote(jobs, { ...THEN, cpus: 2 }), {
    task: "train/a",
    message: "job 32 and 1 more that are queued or running keep the values that they were submitted with " +
      "(executor.cpus: 4 -> 2); to have those asked for now, first `deno task cancel train/a`, then run this command " +
      "again",
  });
  assertEquals(
    keptNote(jobs.slice(0, 1), { ...THEN, memory: "9G" })?.message,
    "job 31 keeps the values that it was submitted with (executor.memory: null -> 9G); to have those asked for now, " +
      "first `deno task cancel index/a`, then run this command again",
  );
  const many = Array.from(
    { length: 6 },
    (_, i) => ({ spec: task(`train/${i}`), job: `7_${i}`, settings: THEN }),
  );
  assertEquals(
    keptNote(many, { ...THEN, memory: "9G" })?.message.replace(/^.*first /, ""),
    "`deno task cancel` and their names, stages or patterns such as 'train/*', then run this command again",
  );
});
