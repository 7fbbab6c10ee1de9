/**
 * What a sweep of ten thousand tasks costs on a cluster: its plan and its submission are measured, with the program's own
 * code and an `sbatch` that answers at once; the cluster is simulated, with the jobs' own dependencies.
 *
 * `deno run --allow-all test/bench/cluster_plan_io.ts [--seeds 666] [--slots 100] [--limit 1000]`; a seed is fifteen tasks.
 */
import { cpuUsage } from "node:process";
import { parseArgs } from "@std/cli/parse-args";
import { openProject } from "../../pipeline/commands/shared/project_io.ts";
import { expandRequest, graphOf } from "../../pipeline/commands/shared/request_io.ts";
import { openCode } from "../../pipeline/engine/code/closure_io.ts";
import type { ExecutionRequest } from "../../pipeline/engine/executor.ts";
import { dependenciesOf, orderTasks } from "../../pipeline/engine/order.ts";
import { type Plan, planGraph } from "../../pipeline/engine/plan.ts";
import { planRun } from "../../pipeline/engine/run.ts";
import { openStore } from "../../pipeline/engine/store/store_io.ts";
import type { TaskGraph } from "../../pipeline/engine/types.ts";
import { refText } from "../../pipeline/executors/slurm/batch_script.ts";
import type { Ending } from "../../pipeline/executors/slurm/ending.ts";
import { followJobs } from "../../pipeline/executors/slurm/follow_io.ts";
import { parseQueueText } from "../../pipeline/executors/slurm/queue.ts";
import { listSubmissions, readGroup } from "../../pipeline/executors/slurm/submission_io.ts";
import { beginSubmission, type Submitter } from "../../pipeline/executors/slurm/submit_io.ts";
import { lookupOf, partFor } from "../../pipeline/executors/slurm/run_task_io.ts";
import type { SlurmSettings } from "../../pipeline/executors/slurm/settings.ts";
import { SimulatedCluster } from "../support/simulated_cluster.ts";

/** Slurm's own default. */
const MAX_ARRAY_SIZE = 1001;
/** What a job of a task costs besides its stage, measured by `cluster_io.ts`. */
const SECONDS_A_JOB = 1.7;
/** How long stages take in the simulation. */
const STAGE_SECONDS: Readonly<Record<string, number>> = {
  train: 300,
  evaluate: 20,
  features: 60,
  synthesize: 120,
};
const OTHER_SECONDS = 5;

const SETTINGS: SlurmSettings = {
  kind: "slurm",
  partition: null,
  account: null,
  time: "4:00:00",
  memory: null,
  cpus: 4,
  gpus: 0,
  gres: "gpu",
  setup: [],
  options: [],
  warnSeconds: 60,
  maxRequeues: 20,
  pollSeconds: 5,
  stages: {},
};

export interface Options {
  readonly seeds: number;
  readonly slots: number;
  /** Most jobs of a user. */
  readonly limit: number;
}

export interface Measured {
  readonly tasks: number;
  /** Seconds of a processor. */
  readonly graph: number;
  readonly plan: number;
  readonly submission: number;
  /** Most memory that the process held by then. */
  readonly megabytes: number;
  readonly calls: number;
  readonly arrays: number;
  readonly longestCall: number;
  readonly scripts: Size;
  readonly manifest: Size;
  readonly all: Size;
  /** What every job reads before its stage starts. */
  readonly jobStart: { readonly seconds: number; readonly bytes: number };
  /** What one look at the queue takes of the machine that follows. */
  readonly poll: { readonly seconds: number; readonly bytes: number };
}

export interface Costs extends Measured {
  readonly unlimited: Simulated;
  readonly limited: Simulated;
}

interface Size {
  readonly files: number;
  readonly bytes: number;
}

export interface Simulated {
  /** Seconds from the submission to the end. */
  readonly seconds: number;
  /** The same if no job ever waited for anything but a processor, or for the longest chain of tasks. */
  readonly least: number;
  /** Part of the processors' time in which they work. */
  readonly busy: number;
  readonly calls: number;
  readonly refused: number;
  /** Seconds of a processor for all submissions. */
  readonly submitting: number;
}

/** @param tell Hears what was found as soon as it is known. */
export async function measure(
  { seeds, slots, limit }: Options,
  folder: string,
  tell: (text: string) => void,
): Promise<Costs> {
  const clock = stopwatch();
  const project = openProject();
  const request = {
    task: "kws",
    kind: "sweep",
    overrides: [`seed=range(0,${seeds})`, "setting=A,B,C,D", "backend=wasm"],
  } as const;
  const { graph } = await graphOf(project, await expandRequest(project, request), request);
  const graphSeconds = clock();
  const requestOn = (store: string): ExecutionRequest => ({
    graph,
    store: openStore(`${folder}/${store}`),
    code: openCode(project.root),
  });
  const execution = requestOn("unlimited");
  const plan = await planRun(execution);
  const planSeconds = clock();
  const submit = (request: ExecutionRequest, plan: Plan, cluster: SimulatedCluster) =>
    beginSubmission({
      request,
      plan,
      projectRoot: project.root,
      settings: SETTINGS,
      most: undefined,
      client: cluster.client,
      prepare: () => Promise.resolve(),
    });
  const unlimited = newCluster(slots);
  const submitter = (await submit(execution, plan, unlimited))!;
  const submission = clock();
  const megabytes = peakMegabytes();
  const { folder: submitted } = listSubmissions(execution.store)[0]!;
  const job = await jobStart(submitted, execution, graph);
  const poll = await onePoll(graph, submitter);
  const measured: Measured = {
    tasks: graph.tasks.length,
    graph: graphSeconds,
    plan: planSeconds,
    submission,
    megabytes,
    calls: unlimited.calls,
    arrays:
      new Set(submitter.open.flatMap(({ taskJob }) => taskJob.index === null ? [] : [taskJob.job])).size,
    longestCall: unlimited.longest,
    scripts: sizeOf(`${submitted}/scripts`),
    manifest: { files: 1, bytes: Deno.statSync(`${submitted}/manifest.json`).size },
    all: sizeOf(submitted),
    jobStart: job,
    poll,
  };
  tell(measuredText(measured));
  tell(simulationText({ slots, limit, seeds }));
  const simulated = await simulate(graph, submitter, unlimited, slots, submission);
  tell(simulatedText("no limit of jobs", simulated));
  const other = requestOn("limited");
  const narrow = newCluster(slots, limit);
  clock();
  const limitedSubmitter = (await submit(other, await planRun(other), narrow))!;
  const limited = await simulate(graph, limitedSubmitter, narrow, slots, clock());
  tell(simulatedText(`at most ${count(limit)} jobs of a user`, limited));
  return { ...measured, unlimited: simulated, limited };
}

function newCluster(slots: number, limit?: number): SimulatedCluster {
  return new SimulatedCluster({
    slots,
    mostElements: MAX_ARRAY_SIZE,
    ...(limit === undefined ? {} : { limit }),
    seconds: (script) => SECONDS_A_JOB + secondsOf(/([^/]*)-\d+\.sh$/.exec(script)![1]!),
  });
}

function secondsOf(stage: string): number {
  return STAGE_SECONDS[stage] ?? OTHER_SECONDS;
}

/** Lets the cluster work until all has ended, and the submitter add what there is room for. */
async function simulate(
  graph: TaskGraph,
  submitter: Submitter,
  cluster: SimulatedCluster,
  slots: number,
  submitting: number,
): Promise<Simulated> {
  const endings = new Map<string, Ending>();
  const tasks = new Map<string, string>();
  const note = (jobs: Submitter["open"]) =>
    jobs.forEach(({ taskJob }) => tasks.set(refText(taskJob), taskJob.task));
  note(submitter.open);
  let lookedAt = 0;
  let spent = submitting;
  for (let ended = cluster.advance(); ended.length > 0; ended = cluster.advance()) {
    for (const job of ended) endings.set(tasks.get(job)!, "ran");
    if (submitter.left.size === 0) continue;
    // Whoever follows looks only now and then.
    if (cluster.now - lookedAt < SETTINGS.pollSeconds && cluster.open > 0) continue;
    lookedAt = cluster.now;
    const clock = stopwatch();
    note(await submitter.more(endings));
    spent += clock();
  }
  if (endings.size !== submitter.total) throw new Error(`${endings.size} of ${submitter.total} tasks ended`);
  return {
    seconds: cluster.now,
    least: leastSeconds(graph, slots),
    busy: cluster.busy / (slots * cluster.now),
    calls: cluster.calls,
    refused: cluster.refused,
    submitting: spent,
  };
}

/** All work divided by all processors, or the longest chain, if that is longer. */
function leastSeconds(graph: TaskGraph, slots: number): number {
  const ends = new Map<string, number>();
  let work = 0;
  for (const spec of orderTasks(graph)) {
    const seconds = SECONDS_A_JOB + secondsOf(spec.stage);
    work += seconds;
    const begins = dependenciesOf(spec).reduce((latest, name) => Math.max(latest, ends.get(name)!), 0);
    ends.set(spec.name, begins + seconds);
  }
  return Math.max(work / slots, ...ends.values());
}

/** Seconds in which a job knows what it has to do: it reads the submission and plans what leads to its task. */
async function jobStart(
  submission: string,
  { store, code }: ExecutionRequest,
  graph: TaskGraph,
): Promise<Measured["jobStart"]> {
  const task = graph.tasks.findLast(({ stage }) => stage === "train")!.name;
  const { name, bytes } = recordOf(submission, task);
  const clock = stopwatch();
  const manifest = readGroup(submission, name);
  await planGraph(partFor(manifest.graph, [task]), lookupOf({ manifest, store, code }, task));
  return { seconds: clock(), bytes };
}

/** Where the job of a task reads what it has to do. */
function recordOf(submission: string, task: string): { readonly name: string; readonly bytes: number } {
  for (const entry of Deno.readDirSync(`${submission}/groups`)) {
    const name = entry.name.replace(/\.json$/, "");
    if (!readGroup(submission, name).members.some((member) => member.task === task)) continue;
    return { name, bytes: Deno.statSync(`${submission}/groups/${entry.name}`).size };
  }
  throw new Error(`No group has the task ${task}`);
}

/** All jobs are queued, and `squeue` says so. */
async function onePoll(graph: TaskGraph, { open }: Submitter): Promise<Measured["poll"]> {
  const text = open.map(({ taskJob }) => `${refText(taskJob)}|PENDING||Dependency\n`).join("");
  const stop = new AbortController();
  let looks = 0;
  const clock = stopwatch();
  await followJobs({
    graph,
    jobs: open,
    client: {
      ...newCluster(1).client,
      query() {
        if (++looks > POLLS) stop.abort();
        return Promise.resolve(new Map(parseQueueText(text).map((view) => [view.job, view])));
      },
    },
    pollSeconds: 0,
    failFast: false,
    onEvent: () => {},
    signal: stop.signal,
  });
  return { seconds: clock() / looks, bytes: text.length };
}

const POLLS = 20;

function sizeOf(folder: string): Size {
  let [files, bytes] = [0, 0];
  for (const { name, isDirectory, isFile } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    const inside = isDirectory ? sizeOf(path) : { files: 1, bytes: isFile ? Deno.statSync(path).size : 0 };
    files += inside.files;
    bytes += inside.bytes;
  }
  return { files, bytes };
}

function peakMegabytes(): number {
  return Number(/VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync("/proc/self/status"))?.[1] ?? 0) / 1024;
}

/** @returns Gives the seconds that this process has computed since the last call, whatever else the machine does. */
function stopwatch(): () => number {
  const computed = () => {
    const { user, system } = cpuUsage();
    return (user + system) / 1e6;
  };
  let begun = computed();
  return () => {
    const now = computed();
    const seconds = now - begun;
    begun = now;
    return seconds;
  };
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}

function measuredText(costs: Measured): string {
  const kilobytes = ({ files, bytes }: Size) => `${count(bytes / 1000)} kB in ${count(files)} files`;
  const { jobStart, poll } = costs;
  return [
    `${count(costs.tasks)} tasks, MaxArraySize ${MAX_ARRAY_SIZE}`,
    `measured, seconds of a processor: graph ${costs.graph.toFixed(2)} s, plan ${
      costs.plan.toFixed(2)
    } s, submission ${costs.submission.toFixed(2)} s; ${count(costs.megabytes)} MB at most`,
    `  ${count(costs.calls)} calls of sbatch (${count(costs.arrays)} arrays), the longest of ${
      count(costs.longestCall)
    } characters`,
    `  scripts ${kilobytes(costs.scripts)}, manifest ${count(costs.manifest.bytes / 1000)} kB, all ${
      kilobytes(costs.all)
    }`,
    `  the job of a training reads ${count(jobStart.bytes / 1000)} kB and plans: ${
      (jobStart.seconds * 1000).toFixed(0)
    } ms`,
    `  a look at the queue: ${count(poll.bytes / 1000)} kB of squeue, ${(poll.seconds * 1000).toFixed(0)} ms`,
  ].join("\n");
}

function simulationText({ slots }: Options): string {
  const stages = Object.entries(STAGE_SECONDS).map(([stage, seconds]) => `${stage} ${seconds} s`).join(", ");
  return `simulated, ${
    count(slots)
  } jobs at a time, ${SECONDS_A_JOB} s a job and ${stages}, others ${OTHER_SECONDS} s:`;
}

function simulatedText(name: string, it: Simulated): string {
  const hours = (seconds: number) => `${(seconds / 3600).toFixed(2)} h`;
  return `  ${name}: ends after ${hours(it.seconds)} (at least ${hours(it.least)}), processors busy ${
    (it.busy * 100).toFixed(1)
  } %; ${count(it.calls)} calls of sbatch, ${count(it.refused)} refused, ${
    it.submitting.toFixed(1)
  } s of a processor for them`;
}

if (import.meta.main) {
  const flags = parseArgs(Deno.args, { string: ["seeds", "slots", "limit"] });
  const options = {
    seeds: Number(flags.seeds ?? 666),
    slots: Number(flags.slots ?? 100),
    limit: Number(flags.limit ?? 1000),
  };
  const folder = Deno.makeTempDirSync({ prefix: "cluster-plan-" });
  try {
    await measure(options, folder, console.log);
    console.log(`load ${Deno.loadavg()[0]!.toFixed(1)} of ${navigator.hardwareConcurrency} cores`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
