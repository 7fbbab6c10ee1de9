/** `verify` and `gc`: whether the store is sound, and what may go from it. */
import { collectGarbage } from "../engine/store/gc_io.ts";
import { openCode } from "../engine/code/closure_io.ts";
import { reachableKeys } from "../engine/store/gc_plan.ts";
import { planRun } from "../engine/run.ts";
import { verifyStore } from "../engine/store/verify_io.ts";
import { jobsOfStore } from "../executors/store_jobs.ts";
import { bytes, count } from "../report/wording.ts";
import { TASKS } from "../config/schema.ts";
import { expandRequest, graphOf, openProject, openProjectStore, type Request } from "./project_io.ts";

interface UpkeepFlags {
  readonly store: string | undefined;
  readonly json: boolean;
}

/** @returns 1 if anything is damaged and was not repaired. */
export async function verifyCommand(flags: UpkeepFlags & { readonly repair: boolean }): Promise<number> {
  const store = openProjectStore(openProject(), flags.store, warn);
  const report = await verifyStore(store, { repair: flags.repair });
  if (flags.json) {
    console.log(JSON.stringify(report));
  } else {
    for (const { name, problem, tasks } of report.problems) {
      console.log(`${name}: ${problem}${tasks.length > 0 ? ` (of ${tasks.join(", ")})` : ""}`);
    }
    console.log(
      `${count(report.objects, "object")} (${bytes(report.bytes)}) and ${
        count(report.receipts, "receipt")
      } checked: ` +
        `${report.problems.length === 0 ? "all sound" : count(report.problems.length, "problem")}.`,
    );
    if (report.removed.length > 0) {
      console.log(
        `Removed ${
          count(report.removed.length, "damaged entry", "damaged entries")
        }; the next run makes them again.`,
      );
    } else if (report.problems.length > 0) {
      console.log(
        "`deno task verify --repair` removes what is damaged, so that the next run makes it again.",
      );
    }
  }
  return report.problems.length > 0 && !flags.repair ? 1 : 0;
}

export async function gcCommand(
  flags: UpkeepFlags & {
    readonly delete: boolean;
    readonly keepDays: number;
    readonly maxMegabytes: number | undefined;
  },
): Promise<number> {
  const project = openProject();
  const store = openProjectStore(project, flags.store, warn);
  const code = openCode(project.root);
  const plans = [];
  for (const task of TASKS) {
    const defaults: Request = { kind: "compare", task, overrides: [] };
    const { graph } = await graphOf(project, expandRequest(project, defaults), defaults);
    plans.push(await planRun({ graph, store, code }));
  }
  const keepMs = flags.keepDays * 24 * 60 * 60 * 1000;
  const leftovers = await Promise.all((await jobsOfStore(store)).map((jobs) => jobs.leftovers(keepMs, warn)));
  const report = collectGarbage(store, {
    leftovers: leftovers.flat(),
    reachable: reachableKeys(plans),
    keepDays: flags.keepDays,
    dryRun: !flags.delete,
    ...(flags.maxMegabytes === undefined ? {} : { maxBytes: flags.maxMegabytes * 1e6 }),
  });
  if (flags.json) {
    console.log(JSON.stringify(report));
    return 0;
  }
  for (const { task, reason } of report.plan.receipts) console.log(`${task}: ${reason}`);
  for (const name of report.leftovers) console.log(`${name}: left by an attempt that ended`);
  const { receipts, objects, freedBytes, keptBytes } = report.plan;
  console.log(
    `${count(receipts.length, "result")} and ${count(objects.length, "object")} ${
      report.dryRun ? "would go" : "are gone"
    }: ` +
      `${bytes(freedBytes)}; ${bytes(keptBytes)} stay.`,
  );
  if (report.dryRun && receipts.length + objects.length + report.leftovers.length > 0) {
    console.log("Nothing was deleted; `deno task gc --delete` does it.");
  }
  return 0;
}

function warn(message: string): void {
  console.error(`warning: ${message}`);
}
