/**
 * Two hundred tasks on a private Slurm of several nodes: in arrays of at most a quarter of them, with one job that is queued again by hand,
 * one whose node fails and one that makes way for another partition's, and a cluster that knows no more than so many jobs.
 *
 * `deno run --allow-all test/bench/cluster_nodes_io.ts [TASKS]`; wants root, slurm-wlm and munge.
 */
import type { RunEvent, TaskSpec } from "../../pipeline/engine/types.ts";
import { slurmExecutor } from "../../pipeline/executors/slurm/executor_io.ts";
import { engineProject, QUICK_JOBS, type Work } from "../support/engine_project.ts";
import { type ClusterOptions, slurmIsMissing, startSlurm } from "../support/slurm_io.ts";
import { task } from "../support/tasks.ts";

const NODES = 5;
/** For so many tasks: arrays of a quarter of them, and room for a bit more than half. */
function clusterFor(count: number): ClusterOptions {
  const maxArraySize = Math.ceil(count / 4);
  return { nodes: NODES, cpus: 2, maxArraySize, maxJobCount: Math.ceil(0.6 * count), minJobAge: 2 };
}

/** Works until somebody ends it; what goes on from its first epoch ends. */
const ENDLESS: Work = { epochs: 2, endlessFrom: 1 };
/** What happens to the jobs of these when their first epoch is over. */
const FATES: Readonly<Record<string, (job: string, node: string) => Promise<unknown>>> = {
  requeued: (job) => slurm("scontrol", "requeue", job),
  failing: async (_job, node) => {
    await slurm("scontrol", "update", `NodeName=${node}`, "State=DOWN", "Reason=trial");
    await slurm("scontrol", "update", `NodeName=${node}`, "State=RESUME");
  },
  preempted: (_job, node) =>
    slurm(
      "sbatch",
      "--partition=urgent",
      "--exclusive",
      `--nodelist=${node}`,
      "--output=/dev/null",
      "--wrap=true",
    ),
};

function work(name: string, slice: Work, inputs: Readonly<Record<string, string>> = {}): TaskSpec {
  return task(name, inputs, { slice: { ...slice, text: name } });
}

async function demonstrate(count: number): Promise<void> {
  await using project = engineProject("slurm");
  const fates = Object.keys(FATES);
  const names = Array.from({ length: count - fates.length - 1 }, (_, i) => `t/${i}`);
  const tasks = [
    ...fates.map((name) => work(`t/${name}`, ENDLESS)),
    ...names.map((name) => work(name, {})),
    work("end", {}, Object.fromEntries(names.map((name) => [name, name]))),
  ];
  const jobs = new Map<string, string>();
  const done = new Map<string, Promise<unknown>>();
  const notes: string[] = [];
  let [submitted, arrays] = [0, 0];
  const onEvent = (event: RunEvent) => {
    if (event.type === "submitted") [submitted, arrays] = [submitted + event.tasks, arrays + event.jobs];
    if (event.type === "task-queued") jobs.set(event.task, event.job);
    if (event.type === "task-note" && /starts again|takes no more/.test(event.message)) {
      notes.push(`${event.task}: ${event.message}`);
    }
    const fate = event.type === "task-progress" ? event.task.slice("t/".length) : "";
    if (FATES[fate] === undefined || done.has(fate)) return;
    const job = jobs.get(`t/${fate}`)!;
    done.set(fate, meet(fate, job));
  };
  const executor = slurmExecutor({
    projectRoot: project.root,
    settings: { ...QUICK_JOBS, pollSeconds: 1 },
    detach: false,
    prepare: () => Promise.resolve(),
  });
  const { summary } = await project.runOn(executor, tasks, { onEvent });
  await Promise.all(done.values());
  console.log(
    `${submitted} tasks submitted as ${arrays} jobs and arrays to ${NODES} nodes: ${JSON.stringify(summary)}`,
  );
  const attempts = [...project.store().receipts()].filter((receipt) => receipt.attempts > 1)
    .map((receipt) => `${receipt.task} ${receipt.attempts}`);
  console.log(`more than one attempt: ${attempts.sort().join(", ")}`);
  for (const note of notes) console.log(note);
  if (summary.ran !== count || done.size !== fates.length) Deno.exitCode = 1;
}

/** A job that another one's fate has met already has had enough. */
async function meet(fate: string, job: string): Promise<void> {
  const [state, node] = (await slurm("squeue", "--noheader", `--jobs=${job}`, "--format=%T %N")).split(" ");
  if (state === "RUNNING") {
    await FATES[fate]!(job, node!).catch((error) => console.error(`${fate}: ${error.message}`));
  }
}

async function slurm(command: string, ...args: string[]): Promise<string> {
  const { stdout, stderr, success } = await new Deno.Command(command, { args }).output();
  if (!success) throw new Error(`${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout).trim();
}

if (import.meta.main) {
  const missing = slurmIsMissing();
  if (missing !== undefined) {
    console.error(`Cannot demonstrate: ${missing}.`);
    Deno.exit(1);
  }
  const count = Number(Deno.args[0] ?? 200);
  const slurm = await startSlurm(clusterFor(count));
  try {
    Deno.env.set("SLURM_CONF", slurm.conf);
    console.log(`${navigator.hardwareConcurrency} cores, load ${Deno.loadavg()[0]!.toFixed(1)}`);
    await demonstrate(count);
  } finally {
    await slurm.stop();
  }
}
