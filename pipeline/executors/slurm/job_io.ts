/**
 * What a Slurm job runs: `job_io.ts SUBMISSION GROUP INDEX [FAULT]` does one task of a submission, or reports why its
 * setup failed. SIGUSR1 says that the time limit is near: the stage is ended in order, and the job queues itself again,
 * to go on from the last checkpoint. SIGTERM comes with preemption and cancelling, and Slurm itself does the rest.
 */
import { UserError } from "../../../lib/base/errors.ts";
import { explainSystemError } from "../../../lib/base/system_error_io.ts";
import { writeAll } from "../../engine/store/atomic_io.ts";
import { openCode } from "../../engine/code/closure_io.ts";
import { openStore } from "../../engine/store/store_io.ts";
import { processRunner } from "../../engine/process/task_io.ts";
import { ENGINE_FORMAT, type RunEvent, type TaskKey } from "../../engine/types.ts";
import { tell } from "../../reporters/print_io.ts";
import { chooseReporter } from "../../reporters/reporter_io.ts";
import { TERMINATED_STATUS } from "./batch_script.ts";
import { slurmClient } from "./client_io.ts";
import { ownName, stageVariables, whyWarned } from "./job_environment.ts";
import { openRestarts, savedState } from "./restarts_io.ts";
import { runTask } from "./run_task_io.ts";
import { eventsPath, type GroupRecord, logName, readGroup } from "./submission_io.ts";

/** Reports of progress between two that are written down. */
const PROGRESS_MS = 1000;
/** After it asked to be queued again, Slurm ends the job; it waits for that at most this long. */
const REQUEUE_MS = 120_000;

async function main(folder: string, group: string, index: number): Promise<number> {
  const stop = stopSignals();
  const record = readGroup(folder, group);
  const task = taskOf(record, group, index);
  const report = openEvents(folder, task);
  const log = logOf(folder, task);
  try {
    const store = openStore(folder.replace(/\/submissions\/[^/]+\/?$/, ""), {
      onWarning: (message) => report.event({ type: "task-note", task, level: "warning", message }),
    });
    using _use = store.begin();
    const variables = Deno.env.toObject();
    const restarts = openRestarts(folder, {
      task,
      stage: stageOf(record, task),
      count: Number(variables["SLURM_RESTART_COUNT"] ?? 0),
      most: record.maxRequeues,
    });
    if (restarts.words !== undefined) {
      const message = `job ${ownName(variables)} starts again (${restarts.words})`;
      report.event({ type: "task-note", task, level: "info", message });
    }
    let key: TaskKey | undefined;
    const ending = await runTask({
      manifest: record,
      task,
      store,
      code: openCode(record.codeRoot),
      runner: processRunner({
        projectRoot: record.codeRoot,
        prepare: () => Promise.resolve(),
        variables: stageVariables(variables),
      }),
      threads: Number(variables["SLURM_CPUS_PER_TASK"] ?? 1),
      signal: stop.signal,
      onEvent(event) {
        report.event(event);
        if (event.type !== "task-started") return;
        key = event.key;
        restarts.begins(savedState(store, key));
      },
    });
    if (ending === "done") return 0;
    if (ending === "failed" || ending === "blocked") return 1;
    if (stop.warnedAfter === undefined) return TERMINATED_STATUS;
    const why = whyWarned({
      elapsed: stop.warnedAfter,
      seconds: record.seconds,
      warnSeconds: record.warnSeconds,
    });
    restarts.queuesAgain(why, key === undefined ? null : savedState(store, key));
    const message = why === "limit"
      ? "the time limit is near: its job queues again and goes on from the last checkpoint"
      : "its job makes way: it queues again and goes on from the last checkpoint";
    report.event({ type: "task-note", task, level: "info", message });
    return await queueAgain(ownName(variables), stop.terminated);
  } catch (thrown) {
    const error = explainSystemError(thrown, `run ${task}`);
    const told = error instanceof UserError ? error : new UserError("unexpected", wordsOf(error));
    report.event(failure(task, told, log));
    return 1;
  } finally {
    report.close();
  }
}

/**
 * What the job's script has printed and cannot tell whoever follows. What else it printed stays in its log: others may
 * read what jobs report.
 */
function handOn(fault: string, folder: string, group: string, index: number): void {
  const task = taskOf(readGroup(folder, group), group, index);
  using file = eventFile(folder, task);
  writeEvent(file, failure(task, new UserError("cluster", fault), logOf(folder, task)));
}

/** What the task's job prints, relative to the store's root. */
function logOf(folder: string, task: string): string {
  return logName({ id: idOf(folder) }, task);
}

function idOf(folder: string): string {
  return folder.replace(/^.*\/submissions\/([^/]+)\/?$/, "$1");
}

function taskOf({ members }: GroupRecord, group: string, index: number): string {
  const member = members.find((it) => it.index === index);
  if (member === undefined) throw new Error(`The submission has no job ${index} in ${group}`);
  return member.task;
}

function stageOf({ graph }: GroupRecord, task: string): string {
  return graph.tasks.find(({ name }) => name === task)?.stage ?? "";
}

/** Events go to a file for whoever follows, and as text to the job's log. */
function openEvents(folder: string, task: string) {
  const file = eventFile(folder, task);
  const reporter = chooseReporter(false, folder.replace(/\/submissions\/.*$/, ""));
  let writtenAt = -Infinity;
  return {
    event(event: RunEvent): void {
      reporter.show(event);
      if (event.type === "task-progress") {
        const { done, total } = event.progress;
        if (done < total && performance.now() - writtenAt < PROGRESS_MS) return;
        writtenAt = performance.now();
      }
      writeEvent(file, event);
    },
    close(): void {
      reporter.close();
      file.close();
    },
  };
}

function eventFile(folder: string, task: string): Deno.FsFile {
  return Deno.openSync(eventsPath(folder, task), { append: true, create: true });
}

function writeEvent(file: Deno.FsFile, event: RunEvent): void {
  writeAll(file, new TextEncoder().encode(`${JSON.stringify(event)}\n`));
}

function stopSignals() {
  const abort = new AbortController();
  const terminated = Promise.withResolvers<void>();
  let first: "SIGTERM" | "SIGUSR1" | undefined;
  let seconds = 0;
  for (const name of ["SIGTERM", "SIGUSR1"] as const) {
    Deno.addSignalListener(name, () => {
      if (first === undefined) seconds = performance.now() / 1000;
      first ??= name;
      if (name === "SIGTERM") terminated.resolve();
      abort.abort();
    });
  }
  return {
    signal: abort.signal,
    terminated: terminated.promise,
    /** Seconds after its start in which the job was warned; nothing if it was not, or told to end before. */
    get warnedAfter(): number | undefined {
      return first === "SIGUSR1" ? seconds : undefined;
    },
  };
}

async function queueAgain(job: string, terminated: Promise<void>): Promise<number> {
  await slurmClient().requeue(job);
  await Promise.race([terminated, new Promise((resolve) => setTimeout(resolve, REQUEUE_MS))]);
  return TERMINATED_STATUS;
}

/** A failure before or beside an attempt, which has no key and no log but what the job prints, this too. */
function failure(task: string, { reason, message }: UserError, log: string): RunEvent {
  const key = "" as TaskKey;
  const failedAt = new Date().toISOString();
  const record = { format: ENGINE_FORMAT, key, task, reason, message, failedAt, log, logTail: [] };
  return { type: "task-failed", task, key, failure: record };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

if (import.meta.main) {
  const [folder, group, index, fault] = Deno.args;
  if (folder === undefined || group === undefined || index === undefined) {
    tell("Cannot run a job: wanted the folder of a submission, the name of a group and an index.");
    Deno.exit(2);
  }
  if (fault !== undefined) {
    handOn(fault, folder, group, Number(index));
    Deno.exit(1);
  }
  Deno.exit(await main(folder, group, Number(index)));
}
