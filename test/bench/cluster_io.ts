/**
 * What a cluster adds: a sweep of 1,000 tasks submitted to a private Slurm of one node, submitted again, looked at and
 * cancelled, as a user does it; then tasks that do nothing, here and on Slurm, and jobs that are nothing but a shell,
 * for the time that each task costs beside its own work.
 *
 * `deno run --allow-all test/bench/cluster_io.ts [TASKS]`; wants root, slurm-wlm and munge.
 */
import type { TaskSpec } from "../../pipeline/engine/types.ts";
import { engineProject, QUICK_JOBS } from "../support/engine_project.ts";
import { ProjectCopy } from "../support/project.ts";
import { slurmIsMissing, startSlurm } from "../support/slurm_io.ts";
import { localExecutor } from "../../pipeline/executors/local/executor_io.ts";
import { slurmExecutor } from "../../pipeline/executors/slurm/executor_io.ts";
import { listSubmissions } from "../../pipeline/executors/slurm/submission_io.ts";
import { task } from "../support/tasks.ts";

/** As many as the private node has processors. */
const AT_A_TIME = 4;

async function measureSubmission(runs: number): Promise<void> {
  await using project = new ProjectCopy();
  const sweep = ["--seed", `range(0,${runs})`, "--setting", "A", "--n-mels", "10", ...project.tiny];
  const submit = ["sweep", ...sweep, "--executor", "slurm", "--detach", "--json", "executor.cpus=1"];
  const steps: readonly (readonly [string, readonly string[]])[] = [
    ["plan only (--dry-run)", ["sweep", ...sweep, "--dry-run", "--json"]],
    ["submit", submit],
    ["submit again: nothing new", submit],
    ["status", ["status", ...sweep, "--executor", "slurm", "--json"]],
    ["cancel --all", ["cancel", "--all", "--json"]],
  ];
  for (const [name, args] of steps) {
    const begun = performance.now();
    const { code, stdout, stderr } = await project.run(...args);
    const seconds = (performance.now() - begun) / 1000;
    if (code !== 0) throw new Error(`${name} failed: ${stderr}`);
    const submitted = /"type":"submitted","tasks":(\d+),"jobs":(\d+)/.exec(stdout);
    const more = submitted === null ? "" : ` (${submitted[1]} tasks in ${submitted[2]} jobs and arrays)`;
    console.log(`${name.padEnd(28)} ${seconds.toFixed(2).padStart(7)} s${more}`);
  }
}

async function measureTasks(count: number): Promise<void> {
  const tasks = Array.from(
    { length: count },
    (_, i): TaskSpec => task(`t/${i}`, {}, { slice: { text: `${i}` } }),
  );
  const prepare = () => Promise.resolve();
  for (const name of ["local", "slurm"] as const) {
    await using project = engineProject("slurm");
    const options = { projectRoot: project.root, prepare };
    const executor = name === "slurm"
      ? slurmExecutor({ ...options, settings: QUICK_JOBS, detach: false })
      : localExecutor({ ...options, resources: { threads: AT_A_TIME, gpu: 0, jobs: AT_A_TIME } });
    const begun = performance.now();
    const { summary } = await project.runOn(executor, tasks);
    const seconds = (performance.now() - begun) / 1000;
    if (summary.ran !== count) throw new Error(`${name}: ${JSON.stringify(summary)}`);
    const receipts = [...project.store().receipts()];
    const inside = receipts.reduce((sum, receipt) => sum + receipt.seconds, 0) / count;
    const slot = seconds * AT_A_TIME / count;
    console.log(
      `${name}: ${count} empty tasks, ${AT_A_TIME} at a time: ${seconds.toFixed(1)} s; ${
        slot.toFixed(2)
      } s of a ` +
        `processor a task, of which ${inside.toFixed(2)} s the attempt (process, hashing, commit)`,
    );
  }
}

/** A job's script run by hand, without Slurm: from the start of its shell to the end, the empty stage in it. */
async function measureJob(times: number): Promise<void> {
  await using project = engineProject("slurm");
  const tasks = Array.from({ length: times + 1 }, (_, i) => task(`t/${i}`, {}, { slice: { text: `${i}` } }));
  const options = { projectRoot: project.root, settings: QUICK_JOBS, detach: true };
  await project.runOn(slurmExecutor({ ...options, prepare: () => Promise.resolve() }), tasks);
  await output("scancel", ["--user=root"]);
  while (await output("squeue", ["--noheader"]) !== "") {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const folder = listSubmissions(project.store())[0]!.folder;
  const seconds: number[] = [];
  for (let i = 0; i < times; i++) {
    const begun = performance.now();
    const env = { SLURM_ARRAY_TASK_ID: `${i}` };
    await new Deno.Command("bash", { args: [`${folder}/scripts/t-1.sh`], env, stdout: "null" }).output();
    seconds.push((performance.now() - begun) / 1000);
  }
  seconds.sort((a, b) => a - b);
  console.log(`one job by itself, without Slurm: ${seconds[times >> 1]!.toFixed(2)} s (median of ${times})`);
}

/** The same number of jobs that are nothing but a shell: what Slurm itself takes. */
async function measureShells(count: number): Promise<void> {
  const script = Deno.makeTempFileSync();
  Deno.writeTextFileSync(script, "#!/bin/bash\ntrue\n");
  const begun = performance.now();
  await output("sbatch", [`--array=0-${count - 1}`, "--output=/dev/null", script]);
  while (await output("squeue", ["--noheader"]) !== "") {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const seconds = (performance.now() - begun) / 1000;
  Deno.removeSync(script);
  console.log(
    `slurm alone: ${count} jobs that run "true": ${seconds.toFixed(1)} s; ` +
      `${(seconds * AT_A_TIME / count).toFixed(2)} s of a processor a job`,
  );
}

async function output(command: string, args: readonly string[]): Promise<string> {
  const { stdout } = await new Deno.Command(command, { args: [...args] }).output();
  return new TextDecoder().decode(stdout).trim();
}

if (import.meta.main) {
  const missing = slurmIsMissing();
  if (missing !== undefined) {
    console.error(`Cannot measure: ${missing}.`);
    Deno.exit(1);
  }
  const count = Number(Deno.args[0] ?? 1000);
  const slurm = await startSlurm();
  try {
    Deno.env.set("SLURM_CONF", slurm.conf);
    console.log(
      `${Deno.hostname()}, ${navigator.hardwareConcurrency} cores, load ${Deno.loadavg()[0]!.toFixed(1)}`,
    );
    // A training and an evaluation for each seed, and four tasks that all share.
    await measureSubmission(Math.ceil(count / 2));
    await measureTasks(Math.ceil(count / 10));
    await measureJob(15);
    await measureShells(Math.ceil(count / 10));
  } finally {
    await slurm.stop();
  }
}
