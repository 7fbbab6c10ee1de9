import { assertEquals } from "@std/assert";
import {
  type GcObject,
  type GcReceipt,
  planGc,
  reachableKeys,
} from "../../../../pipeline/engine/store/gc_plan.ts";
import type { TaskKey } from "../../../../pipeline/engine/types.ts";
import { receiptFor, task } from "../../../support/tasks.ts";

const DAY = 24 * 60 * 60 * 1000;
const now = 1000 * DAY;

function receipt(key: string, daysAgo: number, ...objects: string[]): GcReceipt {
  return { key: key as TaskKey, task: `task-${key}`, usedAt: now - daysAgo * DAY, objects };
}

function object(name: string, bytes: number, daysAgo = 100): GcObject {
  return { name, bytes, addedAt: now - daysAgo * DAY };
}

const cases: readonly (readonly [
  string,
  { receipts: GcReceipt[]; objects: GcObject[]; reachable?: string[]; keepDays?: number; maxBytes?: number },
  { receipts: string[]; objects: string[]; freed: number },
])[] = [
  [
    "old receipts are not needed",
    { receipts: [receipt("a", 40, "x"), receipt("b", 10, "y")], objects: [object("x", 5), object("y", 7)] },
    { receipts: ["a"], objects: ["x"], freed: 5 },
  ],
  [
    "an old receipt is needed by a graph",
    { receipts: [receipt("a", 40, "x")], objects: [object("x", 5)], reachable: ["a"] },
    { receipts: [], objects: [], freed: 0 },
  ],
  [
    "two receipts share an object and one goes",
    {
      receipts: [receipt("a", 40, "x", "y"), receipt("b", 1, "x")],
      objects: [object("x", 5), object("y", 7)],
    },
    { receipts: ["a"], objects: ["y"], freed: 7 },
  ],
  [
    "the store is too large: the longest unused go first",
    {
      receipts: [receipt("a", 3, "x"), receipt("b", 2, "y"), receipt("c", 1, "z")],
      objects: [object("x", 5), object("y", 5), object("z", 5)],
      maxBytes: 9,
    },
    { receipts: ["a", "b"], objects: ["x", "y"], freed: 10 },
  ],
  [
    "the store is too large but all is needed",
    { receipts: [receipt("a", 99, "x")], objects: [object("x", 5)], reachable: ["a"], maxBytes: 1 },
    { receipts: [], objects: [], freed: 0 },
  ],
  [
    "objects have no receipt: old ones go, young ones may be a commit under way",
    { receipts: [], objects: [object("x", 5), object("y", 7, 0)] },
    { receipts: [], objects: ["x"], freed: 5 },
  ],
];

for (const [name, given, expected] of cases) {
  Deno.test(`planGc() removes no more than it should when ${name}`, () => {
    const plan = planGc(given.receipts, given.objects, new Set(given.reachable as TaskKey[] ?? []), {
      until: now,
      keepDays: given.keepDays ?? 30,
      ...(given.maxBytes === undefined ? {} : { maxBytes: given.maxBytes }),
    });
    assertEquals(plan.receipts.map(({ key }) => key as string), expected.receipts);
    assertEquals(plan.objects.map(({ name }) => name), expected.objects);
    assertEquals(plan.freedBytes, expected.freed);
    assertEquals(plan.freedBytes + plan.keptBytes, given.objects.reduce((sum, { bytes }) => sum + bytes, 0));
  });
}

Deno.test("planGc() says why when it removes something", () => {
  const plan = planGc([receipt("a", 40, "x")], [object("x", 5)], new Set(), { until: now, keepDays: 30 });
  assertEquals(plan.receipts[0]!.reason, "no graph needs it, last used 40 days ago");
  assertEquals(plan.objects[0]!.reason, "only task-a used it");
});

Deno.test("reachableKeys() takes in fresh tasks and forced ones that are done", () => {
  const done = receiptFor(task("a"), {}, "a");
  const plan = new Map([
    ["a", { kind: "fresh", key: done.key, receipt: done } as const],
    ["b", { kind: "pending", waitsFor: ["c"], changes: undefined, forced: false } as const],
  ]);
  assertEquals([...reachableKeys([plan])], [done.key]);
});
