/** `cancel` and `logs`: ends jobs of a cluster, and shows what a task printed, wherever it ran. */
import { UserError } from "../../lib/base/errors.ts";
import { fileSafe } from "../engine/store/layout.ts";
import { matchTasks } from "../engine/match_tasks.ts";
import type { Store } from "../engine/store/store_io.ts";
import { count } from "../report/wording.ts";
import type { JobLog } from "../executors/contract.ts";
import { jobsOfStore } from "../executors/store_jobs.ts";
import { openProject, openProjectStore } from "./project_io.ts";

interface JobsFlags {
  readonly store: string | undefined;
  readonly json: boolean;
}

/** @returns The process's exit status. */
export async function cancelCommand(
  flags: JobsFlags & { readonly names: readonly string[]; readonly all: boolean },
): Promise<number> {
  if (flags.all === flags.names.length > 0) {
    throw new UserError(
      "usage",
      "Cannot tell what to cancel: name tasks, stages or patterns with *, or --all.",
    );
  }
  const store = openProjectStore(openProject(), flags.store, warn);
  const open = await Promise.all(
    (await jobsOfStore(store)).map(async (jobs) => ({ jobs, open: await jobs.open() })),
  );
  const all = open.flatMap((of) => of.open);
  if (all.length === 0) {
    console.log(flags.json ? "[]" : "No task is queued or running on a cluster.");
    return 0;
  }
  const tasks = all.map(({ task, stage }) => ({ name: task, stage }));
  const wanted = flags.all ? new Set(tasks.map(({ name }) => name)) : matchTasks(flags.names, tasks);
  for (const of of open) {
    const ending = of.open.filter(({ task }) => wanted.has(task));
    if (ending.length > 0) await of.jobs.cancel(ending);
  }
  const going = all.filter(({ task }) => wanted.has(task));
  if (flags.json) {
    console.log(JSON.stringify(going.map(({ task, job }) => ({ task, job }))));
    return 0;
  }
  for (const { task, job } of going) console.log(`${task}: job ${job} cancelled`);
  console.log(
    `${
      count(going.length, "job")
    } cancelled, and what waits for them with them. What is done is kept; the same run ` +
      `submitted again goes on from there.`,
  );
  return 0;
}

/** Prints the log of a task's last attempt, and what its last job printed if it had one. */
export async function logsCommand(flags: JobsFlags & { readonly name: string }): Promise<number> {
  const store = openProjectStore(openProject(), flags.store, warn);
  const jobs = await jobLogs(store);
  const logs = attemptLogs(store);
  const names = new Set([...logs.keys(), ...jobs.keys()]);
  const known = [...names].map((name) => ({ name, stage: "" }));
  const matches = [...matchTasks([flags.name], known)];
  if (matches.length > 1) {
    throw new UserError(
      "usage",
      `Cannot show the log of ${flags.name}: it means ${count(matches.length, "task")}: ${
        matches.join(", ")
      }.`,
    );
  }
  const task = matches[0]!;
  const job = jobs.get(task);
  const parts = [
    ...(job === undefined ? [] : [job]),
    ...(logs.get(task) ?? []).map((path) => ({ path, title: "the stage's own output" })),
  ].map((part) => ({ ...part, text: readText(part.path) }));
  for (const { path, title, text } of parts) {
    if (flags.json) {
      console.log(JSON.stringify({ task, path, text }));
      continue;
    }
    console.error(`--- ${title}: ${path}`);
    if (text !== "") console.log(text.trimEnd());
  }
  return 0;
}

async function jobLogs(store: Store): Promise<ReadonlyMap<string, JobLog>> {
  const all = await Promise.all((await jobsOfStore(store)).map((jobs) => jobs.logs()));
  return new Map(all.flatMap((logs) => [...logs]));
}

/** Task -> path of the log of its last attempt; names that were too long for a file stay as they were cut. */
function attemptLogs(store: Store): ReadonlyMap<string, readonly string[]> {
  const newest = new Map<string, { readonly path: string; readonly time: number }>();
  for (const { name } of Deno.readDirSync(`${store.root}/logs`)) {
    const safe = /^(.+)-[0-9a-f]{8}-\d+\.log$/.exec(name)?.[1];
    if (safe === undefined) continue;
    const task = decodeURIComponent(safe);
    const path = `${store.root}/logs/${name}`;
    const time = Deno.statSync(path).mtime?.getTime() ?? 0;
    if (fileSafe(task) === safe && time >= (newest.get(task)?.time ?? -1)) newest.set(task, { path, time });
  }
  return new Map([...newest].map(([task, { path }]) => [task, [path]]));
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function warn(message: string): void {
  console.error(`warning: ${message}`);
}
