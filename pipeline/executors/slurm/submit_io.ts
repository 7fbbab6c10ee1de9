/** Hands what is stale to Slurm: one job a task, alike tasks as arrays. What is queued already stays as it is. */
import { writeAtomically } from "../../engine/store/atomic_io.ts";
import { linkOrCopy } from "../../engine/store/file_system_io.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { ABSENT } from "../../engine/code/closure_io.ts";
import type { ExecutionRequest } from "../../engine/executor.ts";
import type { HeldLock } from "../../engine/store/lock_io.ts";
import { matchTasks } from "../../engine/match_tasks.ts";
import { cachePackages } from "../../engine/code/packages_io.ts";
import { stageEnvironment } from "../../engine/process/permissions.ts";
import type { Plan } from "../../engine/plan.ts";
import { planRun } from "../../engine/run.ts";
import { asPattern, environmentText, refText, scriptText, submitArguments } from "./batch_script.ts";
import type { SlurmClient } from "./client_io.ts";
import { type JobGroup, planJobs } from "./job_plan.ts";
import { externalDigests } from "./graph_recipes_io.ts";
import type { ContentDigest, TaskKey } from "../../engine/types.ts";
import { isOpen } from "./queue.ts";
import { recipesOf } from "./recipe.ts";
import type { SlurmSettings } from "./settings.ts";
import { snapshotCode } from "./snapshot_io.ts";
import { addJobs, createSubmission, jobLogPath, type Submission, type TaskJob } from "./submission_io.ts";
import { readTaskJobs } from "./task_jobs_io.ts";

export interface SubmitOptions {
  readonly request: ExecutionRequest;
  readonly plan: Plan;
  readonly projectRoot: string;
  readonly settings: SlurmSettings;
  /** Most elements of an array at a time. */
  readonly most: number | undefined;
  readonly client: SlurmClient;
  /** Brings in the npm packages, so that no job needs the network for its code. */
  readonly prepare?: (lock?: string) => Promise<void>;
}

/** What a job runs, in the copy of the project's code. */
const JOB_MODULE = "pipeline/executors/slurm/job_io.ts";

/** A task's open job and the submission it belongs to. */
export interface OpenJob {
  readonly taskJob: TaskJob;
  readonly submission: Submission;
}

/** @returns The open job of each task that is not fresh; nothing if the request was aborted before it came to that. */
export async function submitTasks(options: SubmitOptions): Promise<readonly OpenJob[] | undefined> {
  const { request, plan } = options;
  if ([...plan.values()].every((state) => state.kind === "fresh")) return [];
  const lock = await submissionLock(request);
  if (lock === undefined) return undefined;
  try {
    const work = await openWork(options);
    const groups = planJobs(request.graph, {
      submit: work.submit,
      queued: new Map(work.queued.map(({ taskJob }) => [taskJob.task, taskJob])),
      settings: options.settings,
      maxArraySize: work.submit.size === 0 ? 1 : await options.client.maxArraySize(),
    });
    const submission = groups.length === 0 ? undefined : await openSubmission(options, work, groups);
    const submitted = submission === undefined
      ? []
      : await submitGroups(options, { ...submission, groups, recipes: work.recipes });
    const open = [...work.queued, ...submitted];
    for (const { taskJob } of open) {
      request.onEvent?.({ type: "task-queued", task: taskJob.task, job: refText(taskJob) });
    }
    request.onEvent?.({
      type: "submitted",
      tasks: submitted.length,
      jobs: groups.length,
      queued: work.queued.length,
      folder: submission?.submission.folder ?? "",
    });
    return open;
  } finally {
    lock.release();
  }
}

/** What is not done yet. */
interface OpenWork {
  readonly submit: ReadonlySet<string>;
  readonly queued: readonly OpenJob[];
  readonly forced: ReadonlySet<string>;
  readonly recipes: ReadonlyMap<string, string>;
  readonly externals: Readonly<Record<string, ContentDigest>>;
}

async function openWork({ request, plan: planned, client }: SubmitOptions): Promise<OpenWork> {
  const { graph, store, code } = request;
  const externals = await externalDigests(graph.tasks, store);
  const recipes = recipesOf(graph, {
    code: (module, kinds) => code.manifest(module, kinds),
    external: (path) => externals[path]!,
  });
  const forced = matchTasks(request.force ?? [], graph.tasks);
  const known = await readTaskJobs(store, client);
  const jobOf = (task: string) => known.get(recipes.get(task)!);
  // A job that ended since the plan was made may have left a result.
  const moved = [...planned].some(([task, state]) =>
    state.kind !== "fresh" && jobOf(task)?.view.phase === "completed"
  );
  const plan = moved ? await planRun(request) : planned;
  const queued: OpenJob[] = [];
  const submit = new Set<string>();
  for (const [task, state] of plan) {
    if (state.kind === "fresh") {
      if (planned.get(task)!.kind !== "fresh") reportFresh(request, task, state.key);
      continue;
    }
    const job = jobOf(task);
    if (job !== undefined && isOpen(job.view.phase) && !forced.has(task)) queued.push(job);
    else submit.add(task);
  }
  return { submit, queued, forced, recipes, externals };
}

/** Notes down and tells that a task needs no job. */
export function reportFresh({ store, onEvent }: ExecutionRequest, task: string, key: TaskKey): void {
  store.markLast(task, key);
  onEvent?.({ type: "task-fresh", task, key });
}

/** Freezes what is asked for and the code that does it. */
async function openSubmission(
  { request, projectRoot, settings, prepare }: SubmitOptions,
  { externals, forced }: OpenWork,
  groups: readonly JobGroup[],
): Promise<Pick<Groups, "submission" | "codeRoot">> {
  const { graph, store, code } = request;
  const locks = new Set(graph.tasks.map(({ permissions }) => permissions.lock));
  for (const lock of locks) await (prepare ?? ((lock) => cachePackages(projectRoot, lock)))(lock);
  const manifests = new Set(graph.tasks.map(({ module, kinds }) => code.manifest(module, kinds)));
  const sources = [...manifests].flatMap(({ files }) =>
    Object.keys(files).filter((name) => files[name] !== ABSENT)
  );
  const lockFiles = [...locks].filter((lock) => lock !== undefined);
  const codeRoot = await snapshotCode(projectRoot, [...sources, ...lockFiles], store);
  const submission = createSubmission(store, {
    format: 1,
    submittedAt: new Date().toISOString(),
    codeRoot,
    graph,
    externals,
    forced: [...forced],
    groups: groups.map(({ name, members }) => ({ name, members })),
    maxRequeues: settings.maxRequeues,
  });
  return { submission, codeRoot };
}

interface Groups {
  readonly submission: Submission;
  readonly codeRoot: string;
  readonly groups: readonly JobGroup[];
  readonly recipes: ReadonlyMap<string, string>;
}

async function submitGroups(options: SubmitOptions, batch: Groups): Promise<readonly OpenJob[]> {
  const { submission, groups, recipes } = batch;
  const jobs: string[] = [];
  const open: OpenJob[] = [];
  for (const group of groups) {
    const script = `${submission.folder}/scripts/${group.name}.sh`;
    writeAtomically(script, groupScript(options, batch, group), { sync: false, mode: 0o600 });
    const args = submitArguments({
      group,
      jobs,
      folder: submission.folder,
      log: group.array
        ? linkLogs(submission, group)
        : asPattern(jobLogPath(submission, group.members[0]!.task)),
      script,
      warnSeconds: options.settings.warnSeconds,
      most: options.most,
    });
    const job = await options.client.submit(args, groupEnvironment(options, group)).catch((error) => {
      throw error instanceof UserError ? cutOff(error, open.length, groups) : error;
    });
    jobs.push(job);
    const taskJobs = group.members.map(({ task, index }): TaskJob => ({
      task,
      stage: group.stage,
      recipe: recipes.get(task)!,
      job,
      index: group.array ? index : null,
    }));
    addJobs(submission, taskJobs);
    open.push(...taskJobs.map((taskJob) => ({ taskJob, submission })));
  }
  return open;
}

function cutOff({ reason, message }: UserError, done: number, groups: readonly JobGroup[]): UserError {
  const all = groups.reduce((sum, group) => sum + group.members.length, 0);
  return new UserError(
    reason,
    done === 0
      ? message
      : `${message} ${done} of ${all} tasks were submitted before that; the same command submits the rest.`,
  );
}

function groupScript(
  { settings }: SubmitOptions,
  { submission, codeRoot }: Groups,
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
    extraLines: settings.extraLines,
  });
}

/** What the stages of a group may know of the submitter's environment. */
function groupEnvironment({ request }: SubmitOptions, group: JobGroup): string {
  const specs = new Map(request.graph.tasks.map((spec) => [spec.name, spec]));
  const permissions = group.members.map(({ task }) => specs.get(task)!.permissions);
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

/** Slurm names an array's logs by index; a link beside each has the task's name. @returns Slurm's pattern. */
function linkLogs(submission: Submission, group: JobGroup): string {
  for (const { task, index } of group.members) {
    linkOrCopy(`${group.name}-${index}.log`, jobLogPath(submission, task));
  }
  return `${asPattern(`${submission.folder}/logs/${group.name}`)}-%a.log`;
}

/** Waits for another process that submits. @returns Nothing if the request is aborted before. */
async function submissionLock({ store, signal }: ExecutionRequest): Promise<HeldLock | undefined> {
  const stop = signal ?? new AbortController().signal;
  while (!stop.aborted) {
    const attempt = store.trySubmissionLock();
    if (attempt.kind === "held") return attempt.lock;
    await attempt.watch.untilFree(stop);
  }
  return undefined;
}
