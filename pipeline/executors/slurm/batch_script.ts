/** The text of a batch script and the arguments of the `sbatch` that submits it. Pure. */
import type { Dependency, JobGroup, JobRef, JobSource } from "./job_plan.ts";

export interface BatchScript {
  /**
   * The program and its arguments; the index of the array's element follows as the last. Where the setup failed it gets
   * one more, the sentence that says so, and only has to hand it on: it names the line by its index, as others may read
   * what is handed on and see arguments of processes.
   */
  readonly command: readonly string[];
  /** Of the submitter: what the job's files are for others. */
  readonly umask: number;
  /** Commands of bash before that, one a line; where one fails the job does. */
  readonly setup: readonly string[];
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
  /** Further options of `sbatch`, as `--constraint=avx2`. */
  readonly options: readonly string[];
  /** Most elements of an array at a time. */
  readonly most: number | undefined;
}

/** Slurm gives what a job prints the umask that it is submitted with: nobody else's business. */
export const SUBMIT_UMASK = 0o077;

/** Names of the variables that a job had before its setup, a line each: what is new is for its stage, too. */
export const VARIABLES_BEFORE = "JOB_VARIABLES_BEFORE_SETUP";

/** The batch shell becomes the job's process, so that a signal to the one reaches the other. */
export function scriptText({ command, umask, setup }: BatchScript): string {
  const shared = `umask ${umask.toString(8).padStart(4, "0")}`;
  const run = `${command.map(quote).join(" ")} "\${SLURM_ARRAY_TASK_ID:-0}"`;
  return [
    "#!/bin/bash",
    ...(setup.length === 0 ? [] : setupLines(setup, [shared, `${run} "$said"`])),
    shared,
    `exec ${run}`,
    "",
  ].join("\n");
}

/**
 * Jobs get no environment of the submitter, so that what clusters define for shells is read here: `module`, above all.
 *
 * @param tell Hands the sentence `$said` to whoever follows the job, which the shell itself does not know how to. What
 *   the job prints has it in any case, with the line besides, which may hold what is nobody else's business.
 */
function setupLines(setup: readonly string[], tell: readonly string[]): readonly string[] {
  return [
    `export ${VARIABLES_BEFORE}="$(compgen -e)"`,
    "[[ -r /etc/profile ]] && . /etc/profile",
    "not_set_up() {",
    "  trap - EXIT",
    // What is being told is told.
    "  trap '' USR1",
    '  local said="Cannot set up the job on $(hostname): executor.setup$1"',
    '  echo "$said$2" >&2',
    '  said+="$3"',
    ...tell.map((line) => `  ${line}`),
    "  exit 1",
    "}",
    "set_up() {",
    `  (($1 == 0)) || not_set_up "[$2] ended with status $1" ": $3" "${IN_LOG}"`,
    "}",
    "trap 'not_set_up \" ended the shell. Take exit out of it.\"' EXIT",
    // Who is cancelled meanwhile has not failed.
    `trap 'trap - EXIT; exit ${TERMINATED_STATUS}' TERM`,
    // Bash waits for the end of the command that it is at, or Slurm ends that with SIGTERM: this trap is first then, too.
    `trap 'not_set_up "${WARNED}"' USR1`,
    ...setup.flatMap((line, i) => [line, `set_up $? ${i} ${quote(line)}`]),
    "trap - EXIT TERM USR1",
  ];
}

const IN_LOG = "; the job's log has the line and what it printed";

/** Clusters may send the signal before the time limit also when a job is to make way. */
const WARNED =
  " was still at work when Slurm warned the job that its end is near. Raise executor.time, or run the same " +
  "command again if the job only had to make way.";

/** 128 + SIGTERM, as of a process that the signal ended. */
export const TERMINATED_STATUS = 143;

/** The job's environment as `--export-file` reads it: values may be secrets, such as the passwords of proxies. */
export function environmentText(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}\0`).join("");
}

export function submitArguments(options: SubmitArguments): readonly string[] {
  const { group, jobs, folder, log, script, warnSeconds, most } = options;
  const { partition, account, time, memory, cpus, gpus, gres } = group.resources;
  const indices = group.members.map((member) => member.index);
  const limit = most === undefined ? "" : `%${most}`;
  const dependencies = dependencyTexts(group.dependencies, jobs);
  return [
    "--parsable",
    `--job-name=${jobName(group)}`,
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
    ...(gpus === 0 ? [] : [`--gres=${gres}:${gpus}`]),
    ...options.options,
    script,
  ];
}

/** No other job of a submission has this name. */
export function jobName({ array, name, members }: JobGroup): string {
  return array ? name : members[0]!.task;
}

/** A path as `--output` takes it, where a percent sign begins a pattern. */
export function asPattern(path: string): string {
  return path.replaceAll("%", "%%");
}

/** A job as Slurm's commands take it: `12`, `12_3`. */
export function refText({ job, index }: JobRef): string {
  return index === null ? job : `${job}_${index}`;
}

/** One text for each kind of waiting: `afterok:11:12_3`. */
function dependencyTexts(dependencies: readonly Dependency[], jobs: readonly string[]): readonly string[] {
  const byKind = new Map<string, string[]>();
  for (const dependency of dependencies) {
    const kind = KINDS[dependency.kind];
    byKind.set(kind, [...byKind.get(kind) ?? [], ...waitedFor(dependency, jobs)]);
  }
  return [...byKind].map(([kind, names]) => [kind, ...names].join(":"));
}

const KINDS: Readonly<Record<Dependency["kind"], string>> = {
  all: "afterok",
  elements: "afterok",
  each: "aftercorr",
  ended: "afterany",
};

function waitedFor(dependency: Dependency, jobs: readonly string[]): readonly string[] {
  const job = numberOf(dependency.of, jobs);
  const indices = dependency.kind === "elements" || dependency.kind === "ended"
    ? dependency.indices
    : undefined;
  return indices === undefined ? [job] : indices.map((index) => refText({ job, index }));
}

function numberOf(of: JobSource, jobs: readonly string[]): string {
  return typeof of === "number" ? jobs[of]! : of;
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
