/** Jobs on a real Slurm of several nodes whose arrays are short: where they run, and how single ones are queued again. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { RunEvent, TaskSpec } from "../../../../pipeline/engine/types.ts";
import { slurmExecutor } from "../../../../pipeline/executors/slurm/executor_io.ts";
import type { SlurmSettings } from "../../../../pipeline/executors/slurm/settings.ts";
import { jobsOf } from "../../../../pipeline/executors/slurm/store_jobs_io.ts";
import { type EngineProject, engineProject, QUICK_JOBS, type Work } from "../../../support/engine_project.ts";
import { onSlurm, useCluster } from "../../../support/executors.ts";
import { task, tasksOf } from "../../../support/tasks.ts";
import { openCode } from "../../../../pipeline/engine/code/closure_io.ts";

useCluster({ nodes: 3, cpus: 2, gpus: 1, maxArraySize: 4 });

/** What a job sees of where it is. */
const SEEN = ["SLURMD_NODENAME", "SLURM_ARRAY_JOB_ID", "CUDA_VISIBLE_DEVICES", "WORD"];
const LOOK = Object.fromEntries(SEEN.map((name) => [name, `() => Deno.env.get("${name}")`]));

function work(name: string, slice: Work, inputs: Readonly<Record<string, string>> = {}): TaskSpec {
  return task(name, inputs, {
    slice: slice as TaskSpec["slice"],
    permissions: { net: [], env: SEEN, packages: [] },
  });
}

function runOn(
  project: EngineProject,
  tasks: readonly TaskSpec[],
  settings: Partial<SlurmSettings> = {},
  onEvent?: (event: RunEvent) => void,
) {
  const executor = slurmExecutor({
    projectRoot: project.root,
    settings: { ...QUICK_JOBS, ...settings },
    detach: false,
    prepare: () => Promise.resolve(),
  });
  return project.runOn(executor, tasks, onEvent === undefined ? {} : { onEvent });
}

/** What the stage of a task that looked saw. */
async function seenBy(project: EngineProject, name: string): Promise<Readonly<Record<string, string>>> {
  const store = project.store();
  const text = await store.readText(store.lastReceipt(name)!.outputs["out.txt"]!, "out.txt");
  const seen = Object.entries<string>(JSON.parse(text).tried);
  return Object.fromEntries(seen.map(([name, said]) => [name, said.replace(/^allowed: /, "")]));
}

async function slurm(command: string, ...args: string[]): Promise<void> {
  const { stderr, success } = await new Deno.Command(command, { args }).output();
  assert(success, `${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

onSlurm("a graph runs on several nodes, as arrays of at most the cluster's limit", async () => {
  await using project = engineProject("slurm");
  const names = Array.from({ length: 10 }, (_, i) => `t/${i}`);
  const tasks = [
    ...names.map((name) => work(name, { text: name, tries: LOOK })),
    work("end", {}, Object.fromEntries(names.map((name) => [name, name]))),
  ];
  const { summary, events } = await runOn(project, tasks);
  assertEquals([summary.ran, summary.failed], [11, 0]);
  const submitted = events.find((event) => event.type === "submitted");
  assertEquals(submitted?.type === "submitted" && submitted.jobs, 4, "arrays of 4, 4 and 2, and a job");
  const seen = await Promise.all(names.map((name) => seenBy(project, name)));
  assertEquals(new Set(seen.map((each) => each["SLURM_ARRAY_JOB_ID"])).size, 3);
  assert(new Set(seen.map((each) => each["SLURMD_NODENAME"])).size > 1, JSON.stringify(seen));
});

onSlurm(
  "jobs of an array are queued again one by one, go on from what they saved, and are no failures",
  async () => {
    await using project = engineProject("slurm");
    // Its second epoch is long enough to be looked at.
    const endless: Work = { epochs: 2, epochMs: 1500, endlessFrom: 1 };
    const tasks = [
      work("t/done", {}),
      work("t/requeued", endless),
      work("t/warned", { ...endless, text: "warned" }),
    ];
    const jobs = new Map<string, string>();
    const events: RunEvent[] = [];
    const done: Promise<void>[] = [];
    let words = "";
    const acted = new Set<string>();
    const { summary } = await runOn(project, tasks, {}, (event) => {
      events.push(event);
      if (event.type === "task-queued") jobs.set(event.task, event.job);
      if (event.type === "task-started" && words === "") done.push(status());
      if (event.type !== "task-progress" || acted.has(event.task)) return;
      acted.add(event.task);
      const job = jobs.get(event.task)!;
      done.push(
        event.task === "t/warned"
          // What Slurm sends before the time limit. The last element of an array bears the number of the array.
          ? slurm("scancel", "--batch", "--signal=USR1", job)
          : slurm("scontrol", "requeue", job),
      );
    });
    async function status(): Promise<void> {
      if (
        !events.some((event) => event.type === "task-note" && event.message.includes("starts again"))
      ) return;
      words = "looked";
      const states = await jobsOf(project.store())!.status({ tasks }, openCode(project.root));
      words = [...states.values()].map((state) => state.words).join("; ");
    }
    await Promise.all(done);
    assertEquals([summary.ran, summary.failed, summary.cancelled], [3, 0, 0]);
    assertEquals(tasksOf(events, "task-started").toSorted(), [
      "t/done",
      "t/requeued",
      "t/requeued",
      "t/warned",
      "t/warned",
    ]);
    assertEquals(tasksOf(events, "task-fresh"), [], "the array was not queued again");
    const notes = (task: string) =>
      events.flatMap((event) => event.type === "task-note" && event.task === task ? [event.message] : []);
    for (const name of ["t/requeued", "t/warned"]) {
      assertEquals(notes(name).filter((note) => note.startsWith("starts at ")), [
        "starts at 0",
        "starts at 1",
      ]);
    }
    const again = (name: string) => `job ${jobs.get(name)} starts again (restart 1`;
    assert(notes("t/requeued").includes(`${again("t/requeued")})`), notes("t/requeued").join("\n"));
    assert(notes("t/warned").includes(`${again("t/warned")}, 1 of them for its time limit)`));
    assertStringIncludes(words, "(restart 1");
  },
);

onSlurm(
  "setup and devices are there for the stage, change no key, and a setup that fails says so",
  async () => {
    await using project = engineProject("slurm");
    const onCard = (name: string) => ({
      ...work(name, { tries: LOOK }),
      resources: { threads: 1, gpu: 1 },
    });
    const setup = ["export WORD='set up'"];
    const { summary } = await runOn(project, [onCard("a")], { gpus: 1, setup });
    assertEquals(summary.ran, 1);
    const seen = await seenBy(project, "a");
    assertEquals([seen["WORD"], seen["CUDA_VISIBLE_DEVICES"]], ["set up", "0"]);
    assertEquals(
      (await runOn(project, [onCard("a")], { gpus: 2, gres: "gpu:none", setup: [] })).summary.fresh,
      1,
    );

    const failing = await runOn(project, [work("b", {})], { setup: ["module load nowhere-to-be-found"] });
    assertEquals(failing.summary.failed, 1);
    const [failed] = failing.events.flatMap((event) => event.type === "task-failed" ? [event.failure] : []);
    assertStringIncludes(failed!.message, "executor.setup[0] ended with status");
    assertStringIncludes(failed!.logTail.join("\n"), "Cannot set up the job on ");
    assertStringIncludes(failed!.logTail.join("\n"), "executor.setup[0] ended with status");
  },
);

onSlurm(
  "a longer training begins when a shorter one of the same graph has ended, whether well or not",
  async () => {
    await using project = engineProject("slurm");
    const goesOn = { shared: "run", output: "out.txt" };
    const tasks = [
      { ...work("train/20", { text: "20" }), goesOn: { ...goesOn, after: ["train/10"] } },
      { ...work("train/10", { epochs: 1, epochMs: 1500, throws: "diverged" }), goesOn },
    ];
    const { summary, events } = await runOn(project, tasks);
    assertEquals([summary.ran, summary.failed], [1, 1]);
    const order = events.flatMap((event) =>
      event.type === "task-started" || event.type === "task-failed" ? [`${event.type} ${event.task}`] : []
    );
    assertEquals(order, ["task-started train/10", "task-failed train/10", "task-started train/20"]);
  },
);
