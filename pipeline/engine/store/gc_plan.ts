/** Decides what may be removed from a store, and says why. Pure. */
import type { Plan } from "../plan.ts";
import { receiptOf } from "../plan.ts";
import type { TaskKey } from "../types.ts";

export interface GcReceipt {
  readonly key: TaskKey;
  readonly task: string;
  /** Milliseconds since 1970 when it was last written or found fresh. */
  readonly usedAt: number;
  /** Object names, as in {@link GcObject}. */
  readonly objects: readonly string[];
}

export interface GcObject {
  /** Path relative to the store's root. */
  readonly name: string;
  readonly bytes: number;
  /** Milliseconds since 1970 when it came into the store. */
  readonly addedAt: number;
}

export interface GcRules {
  /** Milliseconds since 1970 up to which days are counted, from {@link countedUntil}. */
  readonly until: number;
  /** Receipts that no graph needs stay this many days. */
  readonly keepDays: number;
  /** Beyond this size, receipts that no graph needs go sooner, the longest unused first. */
  readonly maxBytes?: number;
}

export interface GcDeletion {
  readonly name: string;
  readonly bytes: number;
  readonly reason: string;
}

export interface GcPlan {
  readonly receipts: readonly { readonly key: TaskKey; readonly task: string; readonly reason: string }[];
  readonly objects: readonly GcDeletion[];
  readonly freedBytes: number;
  readonly keptBytes: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** An object comes before its receipt; one this young may belong to a commit under way. */
const ORPHAN_GRACE_MS = 60 * 60 * 1000;

/**
 * Up to when days count: the last use of the store. So neither a pause nor a clock that jumps ahead makes anything old,
 * and what bears a time to come, as after a clock was set back, is no measure for others.
 *
 * @param times Of uses. @param now By the clock that stamped them.
 */
export function countedUntil(times: readonly number[], now: number): number {
  return times.reduce((last, time) => time > last && time <= now ? time : last, 0) || now;
}

/** Keys that the plans of the given graphs use: their results stay. */
export function reachableKeys(plans: Iterable<Plan>): ReadonlySet<TaskKey> {
  const keys = new Set<TaskKey>();
  for (const plan of plans) {
    for (const state of plan.values()) {
      const receipt = receiptOf(state);
      if (receipt !== undefined) keys.add(receipt.key);
    }
  }
  return keys;
}

/** Receipts go with their objects; an object stays as long as one kept receipt needs it. */
export function planGc(
  receipts: readonly GcReceipt[],
  objects: readonly GcObject[],
  reachable: ReadonlySet<TaskKey>,
  rules: GcRules,
): GcPlan {
  const bytesOf = new Map(objects.map((object) => [object.name, object.bytes]));
  const users = countUsers(receipts);
  const doomed: { key: TaskKey; task: string; reason: string }[] = [];
  const released = new Map<string, string>();
  let total = objects.reduce((sum, object) => sum + object.bytes, 0);

  const drop = (receipt: GcReceipt, reason: string): void => {
    doomed.push({ key: receipt.key, task: receipt.task, reason });
    for (const name of new Set(receipt.objects)) {
      const left = users.get(name)! - 1;
      users.set(name, left);
      if (left > 0) continue;
      released.set(name, `only ${receipt.task} used it`);
      total -= bytesOf.get(name) ?? 0;
    }
  };

  for (const object of objects) {
    if (users.has(object.name) || rules.until - object.addedAt < ORPHAN_GRACE_MS) continue;
    released.set(object.name, "no receipt names it");
    total -= object.bytes;
  }
  const unneeded = receipts.filter((receipt) => !reachable.has(receipt.key))
    .sort((a, b) => a.usedAt - b.usedAt || (a.key < b.key ? -1 : 1));
  for (const receipt of unneeded) {
    const days = (rules.until - receipt.usedAt) / DAY_MS;
    if (days >= rules.keepDays) {
      drop(receipt, `no graph needs it, last used ${Math.floor(days)} days ago`);
    } else if (rules.maxBytes !== undefined && total > rules.maxBytes) {
      drop(receipt, "no graph needs it and the store is larger than wanted");
    }
  }
  const deletions = objects.filter((object) => released.has(object.name)).map((object) => ({
    name: object.name,
    bytes: object.bytes,
    reason: released.get(object.name)!,
  }));
  const freedBytes = deletions.reduce((sum, object) => sum + object.bytes, 0);
  const allBytes = objects.reduce((sum, object) => sum + object.bytes, 0);
  return { receipts: doomed, objects: deletions, freedBytes, keptBytes: allBytes - freedBytes };
}

function countUsers(receipts: readonly GcReceipt[]): Map<string, number> {
  const users = new Map<string, number>();
  for (const receipt of receipts) {
    for (const name of new Set(receipt.objects)) users.set(name, (users.get(name) ?? 0) + 1);
  }
  return users;
}
