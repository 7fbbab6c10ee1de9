/** Removes from a store what nothing needs. */
import { lstatSync } from "node:fs";
import { removeAtOnce, removeTree } from "./atomic_io.ts";
import { listTree } from "./content_io.ts";
import { type GcObject, type GcPlan, type GcReceipt, planGc } from "./gc_plan.ts";
import { lastName, manifestName, objectName, receiptName } from "./layout.ts";
import { liveness, type ProcessIdentity } from "./process_io.ts";
import type { Store } from "./store_io.ts";
import type { Receipt, TaskKey } from "../types.ts";
import { objectNames } from "./verify_io.ts";

export interface GcOptions {
  /** Keys that graphs use, from `reachableKeys`. */
  readonly reachable: ReadonlySet<TaskKey>;
  readonly keepDays: number;
  readonly maxBytes?: number;
  /** Only says what would go; the default. */
  readonly dryRun?: boolean;
  /** Others that the caller knows of, relative to the store's root. */
  readonly leftovers?: readonly string[];
}

export interface GcReport {
  readonly plan: GcPlan;
  /** Leftovers of attempts: staging and partial folders, logs, temporary files; relative to the store's root. */
  readonly leftovers: readonly string[];
  readonly dryRun: boolean;
}

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** Plans, and removes unless it is a dry run: receipts first, then objects that no receipt needs by then. */
export function collectGarbage(store: Store, options: GcOptions): GcReport {
  const dryRun = options.dryRun ?? true;
  const now = Date.now();
  const receipts = [...store.receipts()];
  const locked = receipts.filter((receipt) => store.isLocked(receipt.key)).map((receipt) => receipt.key);
  const objects = describeObjects(store, receipts);
  const plan = planGc(
    receipts.map((receipt) => describeReceipt(store, receipt)),
    objects,
    new Set([...options.reachable, ...locked]),
    {
      now,
      keepDays: options.keepDays,
      ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }),
    },
  );
  const going = new Set(plan.receipts.map((receipt) => receipt.key));
  const kept = receipts.filter((receipt) => !going.has(receipt.key));
  const leftovers = [
    ...findLeftovers(store, kept, options.keepDays * DAY_MS, now),
    ...options.leftovers ?? [],
  ];
  if (!dryRun) apply(store, plan, leftovers, new Map(objects.map(({ name, addedAt }) => [name, addedAt])));
  return { plan, leftovers, dryRun };
}

function apply(
  store: Store,
  plan: GcPlan,
  leftovers: readonly string[],
  addedAt: ReadonlyMap<string, number>,
): void {
  for (const { key } of plan.receipts) {
    if (!store.isLocked(key)) removeTree(`${store.root}/${receiptName(key)}`);
  }
  const needed = new Set([...store.receipts()].flatMap(objectsOf));
  for (const { name } of plan.objects) {
    const path = `${store.root}/${name}`;
    // A commit that wanted the object again since the plan was made has touched it, whatever its host's clock says.
    if (!needed.has(name) && changedAt(path) === addedAt.get(name)) removeAtOnce(store.root, path);
  }
  for (const name of leftovers) removeTree(`${store.root}/${name}`);
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

function findLeftovers(
  store: Store,
  kept: readonly Receipt[],
  keepMs: number,
  now: number,
): readonly string[] {
  const age = (name: string): number => now - changedAt(`${store.root}/${name}`);
  const done = new Set<string>(kept.map((receipt) => receipt.key));
  const logs = new Set(kept.map((receipt) => receipt.log));
  const code = new Set(kept.map(({ fingerprint }) => manifestName(fingerprint.code.digest)));
  return [
    ...list(store, "staging").filter((name) => isAbandoned(store, name, age(name))),
    ...list(store, "partial").filter((name) => {
      const key = name.slice("partial/".length);
      return !store.isLocked(key as TaskKey) && (done.has(key) || age(name) >= keepMs);
    }),
    ...list(store, "logs").filter((name) => !logs.has(name) && age(name) >= keepMs),
    // A commit under way has touched its manifest.
    ...list(store, "code").filter((name) => !code.has(name) && age(name) >= HOUR_MS),
    ...list(store, "failures").filter((name) => age(name) >= keepMs),
    ...["last", "failures", "locks", "stat-cache"].flatMap((folder) => list(store, folder))
      .filter((name) => /\.(?:tmp|end\d*)$/.test(name) && age(name) >= HOUR_MS),
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

function list(store: Store, folder: string): readonly string[] {
  return [...Deno.readDirSync(`${store.root}/${folder}`)].map((entry) => `${folder}/${entry.name}`).sort();
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
