/** Hands one group of tasks to Slurm: the files of its jobs, and one call of `sbatch`. */
import { UserError } from "../../../lib/base/errors.ts";
import { stageEnvironment } from "../../engine/process/permissions.ts";
import { writeAtomically } from "../../engine/store/atomic_io.ts";
import { linkOrCopy } from "../../engine/store/file_system_io.ts";
import type { TaskSpec } from "../../engine/types.ts";
import { noteAsked, strikeOut } from "./asked_io.ts";
import { asPattern, environmentText, jobName, scriptText, submitArguments } from "./batch_script.ts";
import type { SlurmClient, Submitted } from "./client_io.ts";
import type { JobGroup } from "./job_plan.ts";
import { limitSeconds, type SlurmSettings } from "./settings.ts";
import { partFor } from "./run_task_io.ts";
import {
  addJobs,
  jobLogPath,
  type Manifest,
  type Submission,
  type TaskJob,
  writeGroup,
} from "./submission_io.ts";

/** What the jobs of a submission have in common. */
export interface GroupOptions {
  readonly submission: Submission;
  readonly manifest: Manifest;
  readonly settings: SlurmSettings;
  /** Most elements of an array at a time. */
  readonly most: number | undefined;
  readonly client: SlurmClient;
  readonly spec: (task: string) => TaskSpec;
  readonly recipe: (task: string) => string;
}

/** What a job runs, in the copy of the project's code. */
const JOB_MODULE = "pipeline/executors/slurm/job_io.ts";

/**
 * @param jobs Slurm's numbers of the plan's groups before this one.
 * @returns What jobs there are now; if there was no room for them, what `sbatch` said.
 * @throws {UserError} "cluster", "interrupted": it is not known, or sure, that there is no job; see `asked_io.ts`.
 */
export async function submitGroup(
  options: GroupOptions,
  group: JobGroup,
  jobs: readonly string[],
): Promise<readonly TaskJob[] | { readonly full: string }> {
  const { submission } = options;
  const tasks = group.members.map(({ task, index }) => ({
    task,
    stage: group.stage,
    recipe: options.recipe(task),
    index: group.array ? index : null,
  }));
  const { time } = group.resources;
  const seconds = time === null ? null : limitSeconds(time) ?? null;
  const graph = partFor(options.manifest.graph, tasks.map(({ task }) => task));
  writeGroup(submission, group.name, { ...options.manifest, graph, members: group.members, seconds });
  const name = jobName(group);
  noteAsked(submission, { name, tasks });
  const answer = await ask(options, group, jobs);
  if (answer.kind === "full") {
    strikeOut(submission);
    return { full: answer.said };
  }
  const taskJobs = tasks.map((task): TaskJob => ({ ...task, job: answer.job }));
  addJobs(submission, taskJobs);
  strikeOut(submission);
  if (group.array) linkLogs(submission, group);
  return taskJobs;
}

/** A command that did not answer may have done its work: then the job is there. */
async function ask(options: GroupOptions, group: JobGroup, jobs: readonly string[]): Promise<Submitted> {
  const { submission, settings, client, most } = options;
  const script = `${submission.folder}/scripts/${group.name}.sh`;
  writeAtomically(script, groupScript(options, group), { sync: false, mode: 0o600 });
  const args = submitArguments({
    group,
    jobs,
    folder: submission.folder,
    log: group.array
      ? `${asPattern(`${submission.folder}/logs/${group.name}`)}-%a.log`
      : asPattern(jobLogPath(submission, group.members[0]!.task)),
    script,
    warnSeconds: settings.warnSeconds,
    options: settings.options,
    most,
  });
  try {
    return await client.submit(args, groupEnvironment(options, group));
  } catch (error) {
    if (!(error instanceof UserError) || error.reason !== "cluster") throw error;
    const job = await client.find(jobName(group), submission.folder).catch(() => undefined);
    if (job === undefined) throw error;
    return { kind: "job", job };
  }
}

function groupScript(
  { settings, submission, manifest: { codeRoot } }: GroupOptions,
  group: JobGroup,
): string {
  return scriptText({
    command: [
      Deno.execPath(),
      "run",
      "--allow-all",
      "--no-prompt",
      "--quiet",
      "--frozen",
      "--no-remote",
      "--cached-only",
      `--config=${codeRoot}/deno.json`,
      `${codeRoot}/${JOB_MODULE}`,
      submission.folder,
      group.name,
    ],
    umask: Deno.umask(),
    setup: settings.setup,
  });
}

/** What the stages of a group may know of the submitter's environment. */
function groupEnvironment({ spec }: GroupOptions, group: JobGroup): string {
  const permissions = group.members.map(({ task }) => spec(task).permissions);
  // Where temporary files go is each node's own affair.
  const { TMPDIR: _here, ...all } = Deno.env.toObject();
  return environmentText({
    ...stageEnvironment({
      net: permissions.flatMap(({ net }) => net),
      env: permissions.flatMap(({ env }) => env),
      packages: [],
    }, all),
    ...(all["SLURM_CONF"] === undefined ? {} : { SLURM_CONF: all["SLURM_CONF"] }),
  });
}

/** Slurm names an array's logs by index; a link beside each has the task's name. */
function linkLogs(submission: Submission, group: JobGroup): void {
  for (const { task, index } of group.members) {
    linkOrCopy(`${group.name}-${index}.log`, jobLogPath(submission, task));
  }
}
