/** `logs`: shows what a task printed, wherever it ran. */
import { argument, type InferValue, merge, message, object } from "@optique/core";
import { UserError } from "../../lib/base/errors.ts";
import { matchTasks } from "../engine/match_tasks.ts";
import type { Store } from "../engine/store/store_io.ts";
import type { JobLog } from "../executors/contract.ts";
import { jobsOfStore } from "../executors/store_jobs.ts";
import { count } from "../report/text/wording.ts";
import { defineCommand } from "./shared/command.ts";
import { location } from "./shared/flags.ts";
import { oneOf, storedTasks } from "./shared/names_io.ts";
import { openProject } from "./shared/project_io.ts";
import { openProjectStore } from "./shared/project_store_io.ts";
import { print, tell } from "../reporters/print_io.ts";

const which = object({
  name: argument(oneOf("TASK", storedTasks), {
    description: message`A task's name, or a pattern with * that means exactly one.`,
  }),
});

const parser = merge(which, location);

export const command = defineCommand({
  brief: message`What a task printed, here or on a cluster.`,
  examples: [["logs 'train/*-D-*-seed0'", "of one task"]],
  parser,
  run: showLogs,
});

/** Prints the log of a task's last attempt, and what its last job printed if it had one. */
async function showLogs(flags: InferValue<typeof parser>): Promise<number> {
  const store = openProjectStore(openProject(), flags.store, "look");
  const jobs = await jobLogs(store);
  const logs = store.newestLogs();
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
  const own = logs.get(task);
  const parts = [
    ...(job === undefined ? [] : [job]),
    ...(own === undefined ? [] : [{ path: own, title: "the stage's own output" }]),
  ].map((part) => ({ ...part, text: readText(part.path) }));
  for (const { path, title, text } of parts) {
    if (flags.json) {
      print(JSON.stringify({ task, path, text }));
      continue;
    }
    tell(`--- ${title}: ${path}`);
    if (text !== "") print(...text.trimEnd().split("\n"));
  }
  return 0;
}

async function jobLogs(store: Store): Promise<ReadonlyMap<string, JobLog>> {
  const all = await Promise.all((await jobsOfStore(store)).map((jobs) => jobs.logs()));
  return new Map(all.flatMap((logs) => [...logs]));
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
