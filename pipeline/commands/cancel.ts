/** `cancel`: ends tasks that go on without the command that started them. */
import { argument, type InferValue, merge, message, multiple, object, option } from "@optique/core";
import { UserError } from "../../lib/base/errors.ts";
import type { Store } from "../engine/store/store_io.ts";
import { jobsOfStore } from "../executors/store_jobs.ts";
import { count } from "../report/text/wording.ts";
import { defineCommand } from "./shared/command.ts";
import { location } from "./shared/flags.ts";
import { oneOf, storedTasks } from "./shared/names_io.ts";
import { openTasks } from "./shared/open_tasks.ts";
import { openProject } from "./shared/project_io.ts";
import { openProjectStore } from "./shared/project_store_io.ts";
import { print } from "../reporters/print_io.ts";

const which = object({
  names: multiple(argument(oneOf("TASK", storedTasks), {
    description: message`Tasks, stages, or patterns with *.`,
  })),
  all: option("--all", { description: message`Everything that is queued or running.` }),
});

const parser = merge(which, location);

export const command = defineCommand({
  brief: message`End jobs of a cluster, or take them out of its queue.`,
  examples: [
    ["cancel 'train/*-seed2'", "some tasks"],
    ["cancel --all", "everything that this store has on a cluster"],
  ],
  parser,
  run: cancelTasks,
});

async function cancelTasks(flags: InferValue<typeof parser>): Promise<number> {
  if (flags.all && flags.names.length > 0) {
    throw new UserError(
      "usage",
      `Cannot cancel both --all and ${
        flags.names.join(" ")
      }: --all is everything that is queued or running. Leave out one of them.`,
    );
  }
  if (!flags.all && flags.names.length === 0) {
    throw new UserError(
      "usage",
      "Cannot tell what to cancel: name tasks, stages or patterns with *, or --all.",
    );
  }
  const store = openProjectStore(openProject(), flags.store, "look");
  const open = await Promise.all(
    (await jobsOfStore(store)).map(async (jobs) => ({ jobs, open: await jobs.open() })),
  );
  const all = open.flatMap((of) => of.open);
  const tasks = all.map(({ task, stage }) => ({ name: task, stage }));
  const { open: wanted, idle } = flags.all
    ? { open: new Set(tasks.map(({ name }) => name)), idle: [] }
    : await openTasks(flags.names, tasks, () => knownTasks(store));
  for (const of of open) {
    const ending = of.open.filter(({ task }) => wanted.has(task));
    if (ending.length > 0) await of.jobs.cancel(ending);
  }
  const going = all.filter(({ task }) => wanted.has(task));
  if (flags.json) {
    print(JSON.stringify(going.map(({ task, job }) => ({ task, job }))));
    return 0;
  }
  for (const { task, job } of going) print(`${task}: job ${job} cancelled`);
  for (const pattern of idle) print(`${pattern}: nothing of this is queued or running on a cluster`);
  if (going.length === 0) {
    print(
      all.length === 0
        ? "No task is queued or running on a cluster."
        : `Nothing was cancelled; ${count(all.length, "other job")} of this store ${
          all.length === 1 ? "goes" : "go"
        } on.`,
    );
    return 0;
  }
  print(
    `${
      count(going.length, "job")
    } cancelled, and what waits for them with them. What is done is kept; the same run ` +
      `submitted again goes on from there.`,
  );
  return 0;
}

/** All that were ever begun or handed over. */
async function knownTasks(
  store: Store,
): Promise<readonly { readonly name: string; readonly stage: string }[]> {
  const submitted = await Promise.all((await jobsOfStore(store)).map((jobs) => jobs.logs()));
  const names = [
    ...store.taskNames(),
    ...store.newestLogs().keys(),
    ...submitted.flatMap((logs) => [...logs.keys()]),
  ];
  return [...new Set(names)].map((name) => ({ name, stage: name.split("/")[0]! }));
}
