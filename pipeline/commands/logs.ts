/** `logs`: shows what a task printed, wherever it ran. */
import { argument, type InferValue, merge, message, object, option } from "@optique/core";
import { UserError } from "../../lib/base/errors.ts";
import { matchTasks, tasksOf } from "../engine/match_tasks.ts";
import type { Store } from "../engine/store/store_io.ts";
import type { Receipt } from "../engine/types.ts";
import type { JobLog } from "../executors/contract.ts";
import { jobsOfStore } from "../executors/store_jobs.ts";
import { keyOfId } from "../runs/find_io.ts";
import { openIndex } from "../runs/index_io.ts";
import { defineCommand } from "./shared/command.ts";
import { location } from "./shared/flags.ts";
import { followLogs, type TaskLog } from "./shared/follow_logs_io.ts";
import { oneOf, storedRuns, storedTasks } from "./shared/names_io.ts";
import { openProject } from "./shared/project_io.ts";
import { openProjectStore, warn } from "./shared/project_store_io.ts";
import { onSignal } from "./shared/signals_io.ts";
import { print, tell } from "../reporters/print_io.ts";

const which = object({
  name: argument(oneOf("TASK", () => [...storedTasks(), ...storedRuns()]), {
    description: message`A task, a run, a stage, an id, or a pattern with *.`,
  }),
  follow: option("-f", "--follow", {
    description:
      message`Go on showing what those that run print, until they end. Ctrl-C ends the showing, not the tasks.`,
  }),
});

const parser = merge(which, location);

export const command = defineCommand({
  brief: message`What tasks printed and how they ended, here or on a cluster.`,
  examples: [
    ["logs 'train/*-D-*-seed0'", "of one task"],
    ["logs linear-nnaudio-A-mel40-seed0", "of all tasks of a run"],
    ["logs train --follow", "of all trainings that run, as they print it"],
  ],
  parser,
  run: showLogs,
});

/** Prints the log of each task's last attempt, and what its last job printed if it had one. */
async function showLogs(flags: InferValue<typeof parser>): Promise<number> {
  const store = openProjectStore(openProject(), flags.store, "look");
  const jobs = await jobLogs(store);
  const logs = store.newestLogs();
  const names = [...new Set([...logs.keys(), ...jobs.keys(), ...store.taskNames()])];
  if (names.length === 0) {
    if (store.exists) tell(`Nothing ran yet with the store ${store.location}.`);
    return 1;
  }
  const known = names.map(named);
  const byId = tasksOf(flags.name, known).length === 0 ? await taskOfId(store, flags.name) : undefined;
  if (byId !== undefined) {
    show(flags.json, byId.task, { path: store.logPath(byId), title: "the attempt that made it" });
    return 0;
  }
  const tasks = matchTasks([flags.name], known);
  if (flags.follow) {
    if (await follow(store, flags)) return 0;
    tell("None of these tasks is running: what follows is of their last attempts.");
  }
  for (const task of tasks) {
    const [job, own, made] = [jobs.get(task), logs.get(task), store.lastReceipt(task)];
    if (job !== undefined) show(flags.json, task, job);
    if (own !== undefined) show(flags.json, task, { path: own, title: "its last attempt" });
    else if (made !== undefined && made.task !== task) { // found done under another name
      show(flags.json, task, { path: store.logPath(made), title: `made as ${made.task}` });
    }
  }
  return 0;
}

function named(name: string) {
  return { name, stage: name.split("/")[0]! };
}

/** Until the tasks that are meant have ended, or somebody asks this process to end. @returns Whether any ran. */
async function follow(
  store: Store,
  { name, json }: Pick<InferValue<typeof parser>, "name" | "json">,
): Promise<boolean> {
  const stop = new AbortController();
  using _listening = onSignal(() => stop.abort());
  let last: string | undefined;
  return await followLogs({
    find() {
      const logs = store.newestLogs();
      const meant = tasksOf(name, [...logs.keys()].map(named));
      return meant.map(({ name }): TaskLog => ({ task: name, path: logs.get(name)! }));
    },
    isGrowing: (path) => store.isGrowing(path),
    show({ task, path }, lines) {
      if (json) return print(JSON.stringify({ task, path, text: `${lines.join("\n")}\n` }));
      if (last !== path) tell(`--- ${task}, which is running: ${path}`);
      last = path;
      print(...lines);
    },
  }, stop.signal);
}

/** @throws {UserError} `usage`: several have such an id. */
async function taskOfId(store: Store, id: string): Promise<Receipt | undefined> {
  using index = await openIndex(store);
  const key = keyOfId(index.database, id);
  return key === undefined ? undefined : store.local.remembered(key);
}

function show(json: boolean, task: string, { path, title }: JobLog): void {
  const text = readText(path);
  if (json) return print(JSON.stringify({ task, path, text }));
  tell(`--- ${task}, ${title}: ${path}`);
  if (text !== "") print(...text.trimEnd().split("\n"));
}

/** A cluster that does not answer hides no other log. */
async function jobLogs(store: Store): Promise<ReadonlyMap<string, JobLog>> {
  const logs = new Map<string, JobLog>();
  for (const jobs of await jobsOfStore(store)) {
    try {
      for (const [task, log] of await jobs.logs()) logs.set(task, log);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      warn(`What jobs printed is not known. ${error.message}`);
    }
  }
  return logs;
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
