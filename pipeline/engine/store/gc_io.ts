/** Removes from a store what nothing needs. */
import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { exists, moveTo, namesIn, removeTree } from "./atomic_io.ts";
import { listTree } from "./content_io.ts";
import { setMode } from "./file_system_io.ts";
import { countedUntil, type GcObject, type GcPlan, type GcReceipt, planGc } from "./gc_plan.ts";
import { FORMAT_FILE, lastName, manifestName, objectName, receiptName } from "./layout.ts";
import { liveness, type ProcessIdentity } from "./process_io.ts";
import type { Store } from "./store_io.ts";
import type { Receipt, TaskKey } from "../types.ts";
import { type Needs, readNeeds } from "./uses_io.ts";
import { objectNames } from "./verify_io.ts";

export interface GcOptions {
  /** Keys that graphs use or tasks that are queued need, from `reachableKeys`. */
  readonly reachable: ReadonlySet<TaskKey>;
  readonly keepDays: number;
  readonly maxBytes?: number;
  /** Only says what would go; the default. */
  readonly dryRun?: boolean;
  /** Whether `reachable` is still all; asked when what is to go has been moved aside, and comes back if it is not. */
  readonly isCurrent?: () => Promise<boolean>;
  /** Others that the caller knows of, relative to the store's root. */
  readonly leftovers?: readonly string[];
}

export interface GcReport {
  readonly plan: GcPlan;
  /** Leftovers of attempts: staging and partial folders, logs, temporary files; relative to the store's root. */
  readonly leftovers: readonly string[];
  /** Milliseconds since 1970 up to which days were counted. */
  readonly until: number;
  /** Who may need anything, in words, since it has just begun: then nothing goes. */
  readonly planning: readonly string[];
  readonly dryRun: boolean;
}

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** Plans, and removes unless it is a dry run: receipts first, then objects that no receipt needs by then. */
export async function collectGarbage(store: Store, options: GcOptions): Promise<GcReport> {
  const { keepDays, maxBytes, dryRun = true, isCurrent = () => Promise.resolve(true) } = options;
  const now = store.now();
  const needs = readNeeds(store.root, now);
  const receipts = [...store.receipts()];
  const described = receipts.map((receipt) => describeReceipt(store, receipt));
  const lastUse = changedAt(`${store.root}/${FORMAT_FILE}`);
  const until = countedUntil([lastUse, ...described.map(({ usedAt }) => usedAt)], now);
  const { planning } = needs;
  if (planning.length > 0) {
    return { plan: planGc([], [], new Set(), { until, keepDays }), leftovers: [], until, planning, dryRun };
  }
  const inUse = receipts.map(({ key }) => key).filter((key) => needs.names.has(key) || store.isLocked(key));
  const plan = planGc(
    described,
    describeObjects(store, receipts).filter(({ name }) => !needs.names.has(name)),
    new Set([...options.reachable, ...inUse]),
    { until, keepDays, ...(maxBytes === undefined ? {} : { maxBytes }) },
  );
  const going = new Set(plan.receipts.map((receipt) => receipt.key));
  const kept = receipts.filter((receipt) => !going.has(receipt.key));
  const working = new Set([...needs.names, ...options.reachable]);
  const leftovers = [
    ...findLeftovers(store, { kept, working, keepMs: keepDays * DAY_MS, until }),
    ...needs.over,
    ...options.leftovers ?? [],
  ];
  if (!dryRun) await apply(store, { plan, leftovers }, isCurrent);
  return { plan, leftovers, until, planning, dryRun };
}

/**
 * What is to go is first moved aside. Whoever has said by then that it needs it gets it back; whoever says so later
 * finds it gone, and makes it again.
 */
async function apply(
  store: Store,
  { plan, leftovers }: Pick<GcReport, "plan" | "leftovers">,
  isCurrent: () => Promise<boolean>,
): Promise<void> {
  const receipts = plan.receipts.filter(({ key }) => !store.isLocked(key)).map(({ key }) => receiptName(key));
  await removeUnless(store, receipts, isCurrent, ({ names }) => {
    const wanted = new Set([...names].map((key) => receiptName(key as TaskKey)));
    return (name) => wanted.has(name);
  });
  await removeUnless(store, plan.objects.map(({ name }) => name), isCurrent, ({ names }) => {
    const needed = new Set([...store.receipts()].flatMap(objectsOf));
    return (name) => needed.has(name) || names.has(name);
  });
  for (const name of leftovers) removeTree(`${store.root}/${name}`);
}

/** @param wantedOf Asked once all are aside. */
async function removeUnless(
  store: Store,
  names: readonly string[],
  isCurrent: () => Promise<boolean>,
  wantedOf: (needs: Needs) => (name: string) => boolean,
): Promise<void> {
  const aside = `${store.root}/staging/removed-${crypto.randomUUID().slice(0, 8)}`;
  const taken = names.filter((name) => takeAside(`${store.root}/${name}`, `${aside}/${name}`));
  const current = await isCurrent();
  const needs = readNeeds(store.root, store.now());
  const wanted = wantedOf(needs);
  for (const name of taken) {
    if (!current || needs.planning.length > 0 || wanted(name)) {
      giveBack(`${aside}/${name}`, `${store.root}/${name}`);
    }
  }
  removeTree(aside);
}

/** @returns Whether it was there. */
function takeAside(path: string, aside: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  Deno.mkdirSync(dirname(aside), { recursive: true });
  if (stat.isDirectory()) setMode(path, 0o755); // a folder can be moved only while it is writable
  moveTo(path, aside);
  return true;
}

function giveBack(aside: string, path: string): void {
  if (exists(path)) return; // somebody has made it again
  const isFolder = Deno.lstatSync(aside).isDirectory;
  moveTo(aside, path);
  if (isFolder) setMode(path, 0o555);
}

function describeReceipt(store: Store, receipt: Receipt): GcReceipt {
  const isLast = store.lastReceipt(receipt.task)?.key === receipt.key;
  const usedAt = Math.max(
    changedAt(`${store.root}/${receiptName(receipt.key)}`),
    isLast ? changedAt(`${store.root}/${lastName(receipt.task)}`) : 0,
  );
  return { key: receipt.key, task: receipt.task, usedAt, objects: objectsOf(receipt) };
}

/** Sizes come from receipts where there is one: a folder would have to be walked. */
function describeObjects(store: Store, receipts: readonly Receipt[]): readonly GcObject[] {
  const known = new Map(
    receipts.flatMap(({ outputs }) =>
      Object.entries(outputs).map(([name, output]) => [objectName(output, name), output.bytes] as const)
    ),
  );
  return [...objectNames(store.root)].map((name) => {
    const path = `${store.root}/${name}`;
    return { name, bytes: known.get(name) ?? bytesOf(path), addedAt: changedAt(path) };
  });
}

interface Remains {
  readonly kept: readonly Receipt[];
  /** Keys that somebody works at or will. */
  readonly working: ReadonlySet<string>;
  readonly keepMs: number;
  readonly until: number;
}

/** What is called otherwise than a store calls things is not its own. */
function findLeftovers(store: Store, { kept, working, keepMs, until }: Remains): readonly string[] {
  const age = (name: string): number => until - changedAt(`${store.root}/${name}`);
  const done = new Set<string>(kept.map((receipt) => receipt.key));
  const logs = new Set(kept.map((receipt) => receipt.log));
  const code = new Set(kept.map(({ fingerprint }) => manifestName(fingerprint.code.digest)));
  const locked = namesIn(`${store.root}/locks`).map((name) => name.slice(0, 8));
  const logged = new Set([...locked, ...[...working].map((key) => key.slice(0, 8))]);
  return [
    ...list(store, "staging").filter((name) => isAbandoned(store, name, age(name))),
    ...list(store, "partial", /^[0-9a-f]{64}$/).filter((name) => {
      const key = name.slice("partial/".length);
      return !store.isLocked(key as TaskKey) && (done.has(key) || (!working.has(key) && age(name) >= keepMs));
    }),
    ...list(store, "logs", /-[0-9a-f]{8}-\d+\.log$/).filter((name) =>
      !logs.has(name) && age(name) >= keepMs && !logged.has(name.split("-").at(-2)!)
    ),
    ...namesIn(`${store.root}/beginnings`).flatMap((folder) =>
      list(store, `beginnings/${folder}`, /^[0-9a-f]{64}-[0-9a-f]{64}\.json$/).filter((name) => {
        const key = name.slice(-".json".length - 64, -".json".length);
        return !done.has(key) && !store.isLocked(key as TaskKey) && !exists(`${store.root}/partial/${key}`);
      })
    ),
    // A commit under way has touched its manifest.
    ...list(store, "code", /^[0-9a-f]{64}\.json$/).filter((name) => !code.has(name) && age(name) >= HOUR_MS),
    ...["failures", "away"].flatMap((folder) => list(store, folder, /^[0-9a-f]{64}\.json$/))
      .filter((name) => age(name) >= keepMs),
    ...list(store, "pushed", /^[0-9a-f]{16}-\d{4}-\d{2}\.txt$/).filter((name) => age(name) >= keepMs),
    ...["last", "failures", "away", "locks", "stat-cache"].flatMap((folder) =>
      list(store, folder, /\.(?:tmp|end\d*)$/)
    )
      .filter((name) => age(name) >= HOUR_MS),
  ];
}

/** A staging folder whose owner is gone, or of whose owner nothing can be known for a week. */
function isAbandoned(store: Store, name: string, ageMs: number): boolean {
  let owner: ProcessIdentity;
  try {
    owner = JSON.parse(Deno.readTextFileSync(`${store.root}/${name}/owner.json`));
  } catch {
    return ageMs >= HOUR_MS;
  }
  const state = liveness(owner);
  return state === "gone" || (state === "unknown" && ageMs >= 7 * DAY_MS);
}

function list(store: Store, folder: string, named = /./): readonly string[] {
  return namesIn(`${store.root}/${folder}`).filter((name) => named.test(name)).map((name) =>
    `${folder}/${name}`
  );
}

function objectsOf(receipt: Receipt): readonly string[] {
  return Object.entries(receipt.outputs).map(([name, output]) => objectName(output, name));
}

function bytesOf(path: string): number {
  const info = Deno.lstatSync(path);
  return info.isDirectory ? listTree(path, "inside").reduce((sum, file) => sum + file.size, 0) : info.size;
}

/** Milliseconds since 1970 when bytes, name or times last changed; 0 if there is nothing. */
function changedAt(path: string): number {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat === undefined ? 0 : Math.max(stat.mtimeMs, stat.ctimeMs);
}
