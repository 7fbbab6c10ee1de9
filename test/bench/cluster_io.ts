/**
 * What a cluster adds: a sweep of 1,000 tasks submitted to a private Slurm of one node, submitted again, looked at and
 * cancelled, as a user does it; then tasks that do nothing, on Slurm and here, for the time that each costs beside
 * its own work.
 *
 * `deno run --allow-all test/bench/cluster_io.ts [TASKS]`; wants root, slurm-wlm and munge.
 */
import type { TaskSpec } from "../../pipeline/engine/types.ts";
import { engineProject, QUICK_JOBS } from "../support/engine_project.ts";
import { ProjectCopy } from "../support/project.ts";
import { slurmIsMissing, startSlurm } from "../support/slurm_io.ts";
import { localExecutor } from "../../pipeline/engine/local_io.ts";
import { slurmExecutor } from "../../pipeline/slurm/executor_io.ts";
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
  } finally {
    await slurm.stop();
  }
}
