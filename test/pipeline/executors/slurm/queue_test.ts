import { assertEquals, assertThrows } from "@std/assert";
import {
  filtersJson,
  parseAccountingText,
  parseConfig,
  parseIndices,
  parseQueueJson,
  parseQueueText,
  unlistedView,
} from "../../../../pipeline/executors/slurm/queue.ts";

Deno.test("parseQueueText() reads one job a line", () => {
  const text =
    "12|RUNNING|node[1-2]|None\n13_4|PENDING||Dependency\n14|CANCELLED||DependencyNeverSatisfied\n";
  assertEquals(parseQueueText(text), [
    { job: "12", phase: "running", state: "RUNNING", reason: "", nodes: "node[1-2]" },
    { job: "13_4", phase: "queued", state: "PENDING", reason: "Dependency", nodes: "" },
    { job: "14", phase: "blocked", state: "CANCELLED", reason: "DependencyNeverSatisfied", nodes: "" },
  ]);
  assertEquals(parseQueueText("\n"), []);
});

const strange = [
  "12|RUNNING|n",
  "12_[0-3]|PENDING||None",
  "squeue: error: x",
  "x12|FAILED||None",
];
for (const line of strange) {
  Deno.test(`parseQueueText() refuses ${line}`, () => {
    assertThrows(
      () => parseQueueText(`11|RUNNING|n|None\n${line}\n`),
      Error,
      "Cannot understand what squeue says",
    );
  });
}

const phases: readonly (readonly [string, string])[] = [
  ["TIMEOUT", "timed-out"],
  ["PREEMPTED", "preempted"],
  ["OUT_OF_MEMORY", "failed"],
  ["NODE_FAIL", "failed"],
  ["CANCELLED", "cancelled"],
  ["COMPLETED", "completed"],
  ["REQUEUED", "queued"],
  ["COMPLETING", "running"],
  ["EXPEDITING", "unknown"],
];
for (const [state, phase] of phases) {
  Deno.test(`a job that is ${state} counts as ${phase}`, () => {
    assertEquals(parseQueueText(`1|${state}||None`)[0]!.phase, phase);
  });
}

Deno.test("parseAccountingText() reads what sacct says of ended jobs", () => {
  const text =
    "12|TIMEOUT|n1|None\n13_4|CANCELLED by 1000|None assigned|None\n14_[3-5%2]|CANCELLED by 0|None assigned|\n";
  assertEquals(parseAccountingText(text).map(({ job, phase, nodes }) => [job, phase, nodes]), [
    ["12", "timed-out", "n1"],
    ["13_4", "cancelled", ""],
  ]);
  assertThrows(() => parseAccountingText("12.batch|FAILED|n1|"), Error, "sacct");
});

Deno.test("parseQueueJson() reads the form of 22.05", () => {
  const job = { job_id: 8, array_job_id: 0, array_task_id: 0, array_task_string: "", nodes: "vm" };
  const jobs = [
    { ...job, job_state: "RUNNING", state_reason: "None" },
    {
      ...job,
      job_id: 9,
      array_job_id: 9,
      array_task_string: "2-3",
      job_state: "PENDING",
      state_reason: "Priority",
      nodes: "",
    },
    {
      ...job,
      job_id: 10,
      array_job_id: 9,
      array_task_id: 1,
      job_state: "FAILED",
      state_reason: "NonZeroExitCode",
    },
  ];
  assertEquals(parseQueueJson(JSON.stringify({ jobs })).map(({ job, phase }) => `${job} ${phase}`), [
    "8 running",
    "9_2 queued",
    "9_3 queued",
    "9_1 failed",
  ]);
});

Deno.test("parseQueueJson() reads the form of 23.11", () => {
  const unset = { set: false, infinite: false, number: 0 };
  const set = (number: number) => ({ set: true, infinite: false, number });
  const job = { array_task_string: "", nodes: "n1", state_reason: "None" };
  const jobs = [
    { ...job, job_id: 8, array_job_id: set(0), array_task_id: unset, job_state: ["TIMEOUT"] },
    { ...job, job_id: 9, array_job_id: set(9), array_task_id: set(0), job_state: ["RUNNING", "COMPLETING"] },
  ];
  assertEquals(parseQueueJson(JSON.stringify({ jobs })).map(({ job, phase }) => `${job} ${phase}`), [
    "8 timed-out",
    "9_0 running",
  ]);
});

for (
  const text of [
    "",
    "{}",
    '{"jobs": 1}',
    '{"jobs": [{"job_id": 1}]}',
    '{"jobs": [{"job_id": "1", "job_state": "RUNNING"}]}',
  ]
) {
  Deno.test(`parseQueueJson() refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => parseQueueJson(text), Error, "Cannot understand");
  });
}

Deno.test("unlistedView() tells an element that was cancelled in the queue from one that is forgotten", () => {
  const views = new Map(
    parseQueueText("7_1|RUNNING|n|None\n8|RUNNING|n|None\n").map((view) => [view.job, view]),
  );
  const stateOf = (job: string, ran: boolean) => unlistedView(job, views, ran).state;
  assertEquals([stateOf("7_2", false), stateOf("7_2", true)], ["CANCELLED", "FORGOTTEN"]);
  assertEquals([stateOf("9_2", false), stateOf("9", false)], ["FORGOTTEN", "FORGOTTEN"]);
});

Deno.test("parseIndices() reads ranges, steps and limits", () => {
  assertEquals(parseIndices("0-2,5,8-12:2%4"), [0, 1, 2, 5, 8, 10, 12]);
  assertThrows(() => parseIndices("0-"), Error, "Cannot understand");
});

Deno.test("parseConfig() reads the version and the limit of arrays", () => {
  const text =
    "Configuration data as of x\nMaxArraySize            = 1001\nSLURM_VERSION           = 22.05.8\n";
  assertEquals(parseConfig(text), { version: "22.05.8", mostElements: 1001 });
  const fewer = "SchedulerParameters     = bf_interval=1,max_array_tasks=500\n";
  assertEquals(parseConfig(text + fewer).mostElements, 500);
  assertEquals(parseConfig(text.replace("1001", "0")).mostElements, 1, "no arrays at all");
  assertThrows(() => parseConfig("MaxArraySize = many"), Error, "scontrol");
});

Deno.test("filtersJson() knows since when squeue --json keeps to the jobs asked for", () => {
  assertEquals(["21.08.5", "22.05.8", "23.02.1", "23.11.0", "24.05"].map(filtersJson), [
    false,
    false,
    true,
    true,
    true,
  ]);
});
