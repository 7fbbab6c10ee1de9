/** Disks that fill up at any write, and file systems that allow none. */
import { UserError } from "../../lib/base/errors.ts";
import { explainSystemError } from "../../lib/base/system_error_io.ts";
import { openStore } from "../../pipeline/engine/store/store_io.ts";
import type { Receipt, RunEvent } from "../../pipeline/engine/types.ts";
import { verifyStore } from "../../pipeline/engine/store/verify_io.ts";
import { receiptName } from "../../pipeline/engine/store/layout.ts";
import { type EngineProject, engineProject } from "../support/engine_project.ts";
import { type SmallDisk, smallDisk } from "../support/small_disk.ts";
import { task } from "../support/tasks.ts";
import { completes } from "./kills_io.ts";
import { type Tally } from "./tally.ts";
import { problemsOf, type Trial } from "./trial_io.ts";

/** tmpfs gives space by pages. */
const PAGE = 4096;
/** Two stages that write a few pages each, and save progress on the way. */
const TASKS = [
  task("first", {}, { slice: { text: "x".repeat(9000), epochs: 2 } }),
  task("second", { x: "first" }, { slice: { text: "y".repeat(5000), epochs: 2 } }),
];

/**
 * The engine and stages as processes, on a disk that has room for so many pages and not one more: from none until
 * everything fits.
 *
 * @param step Pages from one run to the next; 1: every write is hit.
 */
export async function fillAtEveryWrite(step: number, tally: Tally): Promise<void> {
  await using project = engineProject();
  await using disk = await mounted(16 << 20);
  const wanted = await outputsAfter(project, `${disk.path}/undisturbed`);
  for (let pages = 0, fits = false; !fits; pages += step) {
    disk.leave(pages * PAGE);
    const { kind, trouble } = await attempt(project, disk, wanted);
    fits = kind === "whole";
    tally.add("disk full at a write", { survived: trouble === "", trouble: `${pages} pages: ${trouble}` });
  }
}

/** Real stages on a disk that fills up; `shares` are parts of what a whole run takes. */
export async function fillDuringStages(trial: Trial, shares: readonly number[], tally: Tally): Promise<void> {
  const whole = await sizeOf(await trial.completeStore());
  for (const share of shares) {
    await using disk = await mounted(4 * whole);
    disk.leave(Math.round(share * whole));
    const store = `${disk.path}/store`;
    const { code, stdout, stderr } = await trial.run(store);
    const said = code === 0 || /disk is full/.test(stdout + stderr);
    const problems = isThere(store) ? await problemsOf(store, trial.undisturbed) : [];
    tally.add("disk full in a stage", {
      survived: said && problems.length === 0,
      trouble: `${problems} ${stderr}`,
    });
    disk.leave(Infinity);
    tally.add("next run after a full disk", await completes(trial, store));
  }
}

/** A store that cannot be written: what is fresh is shown, what is not ends in one sentence, nothing changes. */
export async function forbidWrites(trial: Trial, tally: Tally): Promise<void> {
  const complete = await trial.completeStore();
  await using disk = await mounted(8 * await sizeOf(complete));
  const store = `${disk.path}/store`;
  await new Deno.Command("cp", { args: ["-a", complete, store] }).output();
  await disk.setReadOnly(true);
  const fresh = await trial.run(store);
  tally.add("read-only store: all is fresh", { survived: fresh.code === 0, trouble: fresh.stderr });
  await disk.setReadOnly(false);
  Deno.removeSync(`${store}/${receiptName(lastOf(store, trial).key)}`);
  await disk.setReadOnly(true);
  const stale = await trial.run(store);
  const said = /file system is read-only/.test(stale.stdout + stale.stderr);
  tally.add("read-only store: a task is stale", {
    survived: stale.code === 1 && said,
    trouble: stale.stderr,
  });
  await disk.setReadOnly(false);
  tally.add("next run after a read-only store", await completes(trial, store));
}

interface Attempt {
  readonly kind: "whole" | "full";
  /** What went wrong besides the full disk; empty if nothing did. */
  readonly trouble: string;
}

/** Runs on what room there is, then again with enough. */
async function attempt(project: EngineProject, disk: SmallDisk, wanted: string): Promise<Attempt> {
  const path = `${disk.path}/store`;
  const troubles: string[] = [];
  const failures = await failuresOf(project, path);
  if (!failures.every((reason) => reason === "disk-full")) troubles.push(`failed with ${failures}`);
  if (isThere(`${path}/format.json`)) troubles.push(...await damageOf(path));
  disk.leave(Infinity);
  const found = await outputsAfter(project, path);
  if (found !== wanted) troubles.push(`the next run made ${found}, not ${wanted}`);
  Deno.removeSync(path, { recursive: true });
  return { kind: failures.length === 0 ? "whole" : "full", trouble: troubles.join("; ") };
}

/** Reasons of all failures; a store that cannot even be opened counts as one. */
async function failuresOf(project: EngineProject, path: string): Promise<string[]> {
  const events: RunEvent[] = [];
  try {
    const store = openStore(path);
    await project.run(TASKS, { store, onEvent: (event) => events.push(event) });
  } catch (error) {
    const explained = explainSystemError(error, "run");
    return [explained instanceof UserError ? explained.reason : String(error)];
  }
  return events.flatMap((event) => event.type === "task-failed" ? [event.failure.reason] : []);
}

async function damageOf(path: string): Promise<string[]> {
  const warnings: string[] = [];
  const store = openStore(path, { onWarning: (message) => warnings.push(message) });
  const { problems } = await verifyStore(store, { repair: false });
  for (const receipt of store.receipts()) store.local.receipt(receipt.key);
  return [...warnings, ...problems.map(({ name, problem }) => `${name}: ${problem}`)];
}

/** What an unhindered run leaves. */
async function outputsAfter(project: EngineProject, path: string): Promise<string> {
  const store = openStore(path);
  const { summary } = await project.run(TASKS, { store });
  if (summary.failed + summary.blocked > 0) return JSON.stringify(summary);
  const receipts = TASKS.map(({ name }) => store.lastReceipt(name)!);
  return receipts.map(({ task, outputs }) => `${task} ${outputs["out.txt"]!.digest}`).join(", ");
}

async function mounted(bytes: number): Promise<SmallDisk> {
  const disk = await smallDisk(bytes, 20_000);
  if (typeof disk === "string") throw new Error(`Cannot mount a small disk: ${disk}`);
  return disk;
}

function lastOf(store: string, trial: Trial): Receipt {
  return openStore(store).lastReceipt(trial.undisturbed.order.at(-1)!)!;
}

async function sizeOf(path: string): Promise<number> {
  const { stdout } = await new Deno.Command("du", { args: ["-sb", path] }).output();
  return Number(new TextDecoder().decode(stdout).split("\t")[0]);
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
