/** The text of a batch script and the arguments of the `sbatch` that submits it. Pure. */
import type { Dependency, JobGroup, JobRef } from "./job_plan.ts";

export interface BatchScript {
  /** The program and its arguments; the index of the array's element follows as the last. */
  readonly command: readonly string[];
  /** Of the submitter: what the job's files are for others. */
  readonly umask: number;
  readonly extraLines: readonly string[];
}

export interface SubmitArguments {
  readonly group: JobGroup;
  /** Slurm's numbers of the groups submitted so far, in the order of the plan. */
  readonly jobs: readonly string[];
  /** Working folder of the job. */
  readonly folder: string;
  /** File for what the job prints, as Slurm's pattern: `%a` is the index of an array's element. */
  readonly log: string;
  readonly script: string;
  readonly warnSeconds: number;
  /** Most elements of an array at a time. */
  readonly most: number | undefined;
}

/** Slurm gives what a job prints the umask that it is submitted with: nobody else's business. */
export const SUBMIT_UMASK = 0o077;

/** The batch shell becomes the job's process, so that a signal to the one reaches the other. */
export function scriptText({ command, umask, extraLines }: BatchScript): string {
  const options = extraLines.filter((line) => line.startsWith("#SBATCH"));
  const others = extraLines.filter((line) => !line.startsWith("#SBATCH"));
  return [
    "#!/bin/bash",
    ...options,
    `umask ${umask.toString(8).padStart(4, "0")}`,
    ...others,
    `exec ${command.map(quote).join(" ")} "\${SLURM_ARRAY_TASK_ID:-0}"`,
    "",
  ].join("\n");
}

/** The job's environment as `--export-file` reads it: values may be secrets, such as the passwords of proxies. */
export function environmentText(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}\0`).join("");
}

export function submitArguments(options: SubmitArguments): readonly string[] {
  const { group, jobs, folder, log, script, warnSeconds, most } = options;
  const { partition, account, time, memory, cpus, gpus } = group.resources;
  const indices = group.members.map((member) => member.index);
  const limit = most === undefined ? "" : `%${most}`;
  const dependencies = group.dependencies.map((dependency) => dependencyText(dependency, jobs));
  return [
    "--parsable",
    `--job-name=${group.array ? group.name : group.members[0]!.task}`,
    `--chdir=${folder}`,
    `--output=${log}`,
    "--open-mode=append",
    // Nothing of the submitter's environment but what standard input has: no file ever holds it.
    "--export-file=/dev/stdin",
    "--requeue",
    "--kill-on-invalid-dep=yes",
    `--signal=B:USR1@${warnSeconds}`,
    `--cpus-per-task=${cpus}`,
    ...(group.array ? [`--array=${ranges(indices)}${limit}`] : []),
    ...(dependencies.length === 0 ? [] : [`--dependency=${dependencies.join(",")}`]),
    ...(partition === null ? [] : [`--partition=${partition}`]),
    ...(account === null ? [] : [`--account=${account}`]),
    ...(time === null ? [] : [`--time=${time}`]),
    ...(memory === null ? [] : [`--mem=${memory}`]),
    ...(gpus === 0 ? [] : [`--gres=gpu:${gpus}`]),
    script,
  ];
}

/** A path as `--output` takes it, where a percent sign begins a pattern. */
export function asPattern(path: string): string {
  return path.replaceAll("%", "%%");
}

/** A job as Slurm's commands take it: `12`, `12_3`. */
export function refText({ job, index }: JobRef): string {
  return index === null ? job : `${job}_${index}`;
}

function dependencyText(dependency: Dependency, jobs: readonly string[]): string {
  switch (dependency.kind) {
    case "all":
      return `afterok:${jobs[dependency.group]!}`;
    case "each":
      return `aftercorr:${jobs[dependency.group]!}`;
    case "element":
      return `afterok:${jobs[dependency.group]!}_${dependency.index}`;
    case "earlier":
      return `afterok:${refText(dependency.ref)}`;
    default:
      throw dependency satisfies never;
  }
}

/** `0,1,2,5` is `0-2,5`. */
function ranges(indices: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const index of [...indices].sort((a, b) => a - b)) {
    const last = parts.at(-1);
    if (last !== undefined && last[1] === index - 1) last[1] = index;
    else parts.push([index, index]);
  }
  return parts.map(([from, to]) => from === to ? `${from}` : `${from}-${to}`).join(",");
}

/** One word of a shell, whatever it holds. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
