/**
 * What a Slurm job runs: `job_io.ts SUBMISSION GROUP INDEX` does one task of a submission. SIGUSR1 says that the time
 * limit is near: the stage is ended in order, and the job queues itself again, to go on from the last checkpoint.
 * SIGTERM comes with preemption and cancelling, and Slurm itself does the rest.
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
import { slurmClient } from "./client_io.ts";
import { runTask } from "./run_task_io.ts";
import { eventsPath, logName, type Manifest, readManifest } from "./submission_io.ts";

/** Reports of progress between two that are written down. */
const PROGRESS_MS = 1000;
/** After it asked to be queued again, Slurm ends the job; it waits for that at most this long. */
const REQUEUE_MS = 120_000;
/** 128 + SIGTERM, as of a process that the signal ended. */
const TERMINATED_STATUS = 143;

async function main(folder: string, group: string, index: number): Promise<number> {
  const manifest = readManifest(folder);
  const task = taskOf(manifest, group, index);
  const report = openEvents(folder, task);
  const log = logName({ id: folder.replace(/^.*\/submissions\/([^/]+)\/?$/, "$1") }, task);
  const stop = stopSignals();
  try {
    const store = openStore(folder.replace(/\/submissions\/[^/]+\/?$/, ""), {
      onWarning: (message) => report.event({ type: "task-note", task, level: "warning", message }),
    });
    using _use = store.begin();
    const ending = await runTask({
      manifest,
      task,
      store,
      code: openCode(manifest.codeRoot),
      runner: processRunner({ projectRoot: manifest.codeRoot, prepare: () => Promise.resolve() }),
      threads: Number(Deno.env.get("SLURM_CPUS_PER_TASK") ?? 1),
      signal: stop.signal,
      onEvent: report.event,
    });
    if (ending === "done") return 0;
    if (ending === "failed" || ending === "blocked") return 1;
    if (stop.reason() !== "SIGUSR1") return TERMINATED_STATUS;
    const restarts = Number(Deno.env.get("SLURM_RESTART_COUNT") ?? 0);
    if (restarts < manifest.maxRequeues) {
      return await queueAgain(task, { onEvent: report.event, terminated: stop.terminated });
    }
    throw tooLong(task, restarts);
  } catch (thrown) {
    const error = explainSystemError(thrown, `run ${task}`);
    const told = error instanceof UserError ? error : new UserError("unexpected", wordsOf(error));
    report.event(failure(task, told, log));
    return 1;
  } finally {
    report.close();
  }
}

function taskOf(manifest: Manifest, group: string, index: number): string {
  const member = manifest.groups.find(({ name }) => name === group)?.members.find((it) => it.index === index);
  if (member === undefined) throw new Error(`The submission has no job ${index} in ${group}`);
  return member.task;
}

/** Events go to a file for whoever follows, and as text to the job's log. */
function openEvents(folder: string, task: string) {
  const file = Deno.openSync(eventsPath(folder, task), { append: true, create: true });
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
      writeAll(file, new TextEncoder().encode(`${JSON.stringify(event)}\n`));
    },
    close(): void {
      reporter.close();
      file.close();
    },
  };
}

function stopSignals() {
  const abort = new AbortController();
  const terminated = Promise.withResolvers<void>();
  let reason: "SIGTERM" | "SIGUSR1" | undefined;
  for (const name of ["SIGTERM", "SIGUSR1"] as const) {
    Deno.addSignalListener(name, () => {
      reason ??= name;
      if (name === "SIGTERM") terminated.resolve();
      abort.abort();
    });
  }
  return { signal: abort.signal, reason: () => reason, terminated: terminated.promise };
}

function tooLong(task: string, restarts: number): UserError {
  return new UserError(
    "time-limit",
    `Cannot finish ${task} within its time limit: its job was started ${
      restarts + 1
    } times. Raise executor.time ` +
      `or executor.max_requeues and submit again; it goes on from its last checkpoint.`,
  );
}

async function queueAgain(
  task: string,
  { onEvent, terminated }: {
    readonly onEvent: (event: RunEvent) => void;
    readonly terminated: Promise<void>;
  },
): Promise<number> {
  onEvent({
    type: "task-note",
    task,
    level: "info",
    message: "the time limit is near: its job queues again and goes on from the last checkpoint",
  });
  await slurmClient().requeue(Deno.env.get("SLURM_JOB_ID")!);
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
  const [folder, group, index] = Deno.args;
  if (folder === undefined || group === undefined || index === undefined) {
    tell("Cannot run a job: wanted the folder of a submission, the name of a group and an index.");
    Deno.exit(2);
  }
  Deno.exit(await main(folder, group, Number(index)));
}
