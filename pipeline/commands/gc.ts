/** `gc`: what may go from the store. */
import {
  type InferValue,
  integer,
  merge,
  message,
  object,
  option,
  optional,
  withDefault,
} from "@optique/core";
import { openCode } from "../engine/code/closure_io.ts";
import { planRun } from "../engine/run.ts";
import { collectGarbage, type GcReport } from "../engine/store/gc_io.ts";
import { reachableKeys } from "../engine/store/gc_plan.ts";
import { jobsOfStore } from "../executors/store_jobs.ts";
import { bytes, count } from "../report/text/wording.ts";
import { defineCommand } from "./shared/command.ts";
import { location } from "./shared/flags.ts";
import { openProject } from "./shared/project_io.ts";
import { openProjectStore, warn } from "./shared/project_store_io.ts";
import type { Request } from "./shared/request.ts";
import { expandRequest, graphOf } from "./shared/request_io.ts";
import { TASK_NAMES } from "../config/tasks.ts";
import { print } from "../reporters/print_io.ts";

const what = object({
  delete: option("--delete", { description: message`Delete; without it, only say what would go.` }),
  keepDays: withDefault(
    option("--keep-days", integer({ min: 0, metavar: "DAYS" }), {
      description: message`Keep what a command of the last DAYS days used (default: 30).`,
    }),
    30,
  ),
  maxMegabytes: optional(option("--max-mb", integer({ min: 0, metavar: "MB" }), {
    description: message`Then delete the oldest results until the store is no larger.`,
  })),
});

const parser = merge(what, location);

export const command = defineCommand({
  brief: message`Delete results that nothing needs any more.`,
  examples: [
    ["gc --keep-days 7", "say what would go"],
    ["gc --max-mb 2000 --delete", "make the store no larger than 2 GB"],
  ],
  parser,
  run: collect,
});

async function collect(flags: InferValue<typeof parser>): Promise<number> {
  const project = openProject();
  const store = openProjectStore(project, flags.store, flags.delete ? "clean" : "look");
  if (!store.exists) return 0;
  const code = openCode(project.root, store.statCache);
  const plans = [];
  for (const task of TASK_NAMES) {
    const defaults: Request = { kind: "compare", task, overrides: [] };
    const { graph } = await graphOf(project, await expandRequest(project, defaults), defaults);
    plans.push(await planRun({ graph, store, code }));
  }
  const keepMs = flags.keepDays * DAY_MS;
  const jobs = await jobsOfStore(store);
  const submitted = jobs.map((it) => it.submitted()).join();
  const needed = await Promise.all(jobs.map((it) => it.needed(warn)));
  const leftovers = await Promise.all(jobs.map((it) => it.leftovers(keepMs, warn)));
  const report = await collectGarbage(store, {
    leftovers: leftovers.flat(),
    reachable: new Set([...reachableKeys(plans), ...needed.flat()]),
    isCurrent: async () => (await jobsOfStore(store)).map((it) => it.submitted()).join() === submitted,
    keepDays: flags.keepDays,
    dryRun: !flags.delete,
    ...(flags.maxMegabytes === undefined ? {} : { maxBytes: flags.maxMegabytes * 1e6 }),
  });
  if (flags.json) {
    print(JSON.stringify(report));
    return 0;
  }
  for (const note of notesOn(report, store.now())) print(note);
  for (const { task, reason } of report.plan.receipts) print(`${task}: ${reason}`);
  for (const name of report.leftovers) print(`${name}: left by an attempt that ended`);
  const { receipts, objects, freedBytes, keptBytes } = report.plan;
  print(
    `${count(receipts.length, "result")} and ${count(objects.length, "object")} ${
      report.dryRun ? "would go" : "are gone"
    }: ` +
      `${bytes(freedBytes)}; ${bytes(keptBytes)} stay.`,
  );
  if (report.dryRun && receipts.length + objects.length + report.leftovers.length > 0) {
    print("Nothing was deleted; `deno task gc --delete` does it.");
  }
  return 0;
}

const DAY_MS = 24 * 60 * 60 * 1000;

function notesOn({ planning, until }: GcReport, now: number): readonly string[] {
  if (planning.length > 0) {
    return [
      `Nothing goes now: ${planning.join(", ")} has just begun and may need anything. Try again in a moment.`,
    ];
  }
  if (now - until < DAY_MS) return [];
  return [
    `The store was last used on ${new Date(until).toISOString().slice(0, 10)}; days are counted up to then.`,
  ];
}
