import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { sha256 } from "../../../lib/base/digest.ts";
import { manifestOf, taskKey } from "../../../pipeline/engine/fingerprint.ts";
import { orderTasks } from "../../../pipeline/engine/order.ts";
import { planGraph, type PlanLookup } from "../../../pipeline/engine/plan.ts";
import type { ContentDigest, Receipt, TaskSpec } from "../../../pipeline/engine/types.ts";
import { NO_CODE, receiptFor, task, textOutput } from "../../support/tasks.ts";

const index = task("index", { audio: "/audio" });
const features = task("features", { index: "index" }, { slice: { n_mels: 40 } });
const train = task("train", { features: "features", index: "index" }, { slice: { lr: 0.1 } });
const graph = [index, features, train];
const audio = sha256("audio") as ContentDigest;

/** All three done: index gave "i", features "f", train "t". */
const done = [
  receiptFor(index, { audio }, "i"),
  receiptFor(features, { index: textOutput("i").digest }, "f"),
  receiptFor(train, { features: textOutput("f").digest, index: textOutput("i").digest }, "t"),
];

function lookup(receipts: readonly Receipt[], change: Partial<PlanLookup> = {}): PlanLookup {
  return {
    receipt: (key) => Promise.resolve(receipts.find((receipt) => receipt.key === key)),
    lastReceipt: (name) => receipts.findLast((receipt) => receipt.task === name),
    code: () => NO_CODE,
    external: () => audio,
    forced: () => false,
    ...change,
  };
}

async function kinds(tasks: readonly TaskSpec[], with_: PlanLookup): Promise<string> {
  const plan = await planGraph({ tasks }, with_);
  return tasks.map((spec) => `${spec.name}:${plan.get(spec.name)!.kind}`).join(" ");
}

const newCode = manifestOf({ files: { "lib/x.ts": "1" }, packages: {} });
const cases: readonly (readonly [string, readonly TaskSpec[], PlanLookup, string])[] = [
  ["nothing was ever done", graph, lookup([]), "index:stale features:pending train:pending"],
  ["everything is done", graph, lookup(done), "index:fresh features:fresh train:fresh"],
  [
    "a slice changed in the middle",
    [index, { ...features, slice: { n_mels: 80 } }, train],
    lookup(done),
    "index:fresh features:stale train:pending",
  ],
  [
    "an external folder changed",
    graph,
    lookup(done, { external: () => sha256("other") as ContentDigest }),
    "index:stale features:pending train:pending",
  ],
  [
    "code changed",
    graph,
    lookup(done, { code: () => newCode }),
    "index:stale features:pending train:pending",
  ],
  ["a receipt is gone", graph, lookup([done[0]!, done[2]!]), "index:fresh features:stale train:pending"],
  [
    "a task is forced",
    graph,
    lookup(done, { forced: (name) => name === "features" }),
    "index:fresh features:stale train:fresh",
  ],
  [
    "only resources and permissions changed",
    [index, features, {
      ...train,
      resources: { threads: 8, gpu: 1 },
      permissions: { ...train.permissions, net: ["x"] },
    }],
    lookup(done),
    "index:fresh features:fresh train:fresh",
  ],
  [
    "a task declares one more output",
    [index, features, { ...train, outputs: ["out.txt", "last.bin"] }],
    lookup(done),
    "index:fresh features:fresh train:stale",
  ],
];

for (const [name, tasks, with_, expected] of cases) {
  Deno.test(`planGraph() gives the right states when ${name}`, async () => {
    assertEquals(await kinds(tasks, with_), expected);
    assertEquals(
      (await kinds(tasks.toReversed(), with_)).split(" ").toReversed().join(" "),
      expected,
      "order must not matter",
    );
  });
}

Deno.test("planGraph() lists what certainly differs when inputs are not known yet", async () => {
  const tasks = [{ ...index, slice: { seed: 1 } }, features, { ...train, slice: { lr: 0.2 } }];
  const state = (await planGraph({ tasks }, lookup(done))).get("train")!;
  if (state.kind !== "pending") throw new Error(`found ${state.kind}, wanted pending`);
  assertEquals(state.waitsFor, ["features", "index"]);
  assertEquals(state.changes, [{ field: "slice.lr", before: 0.1, after: 0.2 }]);
});

Deno.test("taskKey() moves with every part of a fingerprint and with nothing else", () => {
  const base = done[1]!.fingerprint;
  const variants = [
    { ...base, format: 99 },
    { ...base, stage: "other" },
    { ...base, slice: { n_mels: 41 } },
    { ...base, inputs: { index: sha256("x") as ContentDigest } },
    { ...base, inputs: { renamed: base.inputs.index! } },
    { ...base, code: manifestOf({ files: { "a.ts": "1" }, packages: {} }) },
    { ...base, code: manifestOf({ files: {}, packages: { "a@1": "1" } }) },
  ];
  const keys = new Set([base, ...variants].map(taskKey));
  assertEquals(keys.size, variants.length + 1);
  const reordered = Object.fromEntries(Object.entries(base).toReversed()) as typeof base;
  assertEquals(taskKey(reordered), taskKey(base));
  assertNotEquals(taskKey(base), done[0]!.key);
});

Deno.test("orderTasks() puts inputs first when tasks come in any order", () => {
  const names = orderTasks({ tasks: [train, features, index] }).map((spec) => spec.name);
  assertEquals(names, ["index", "features", "train"]);
});

const broken: readonly (readonly [string, readonly TaskSpec[], string])[] = [
  ["two tasks share a name", [task("a"), task("a")], "two tasks with the name a"],
  ["an input is unknown", [task("features"), task("b", { x: "featurs" })], 'Did you mean "features"?'],
  ["an output is unknown", [task("a", {}, { outputs: ["best.txt"] }), task("b", { x: "a" })], "out.txt of a"],
  [
    "tasks wait in a circle",
    [task("a", { x: "c" }), task("b", { x: "a" }), task("c", { x: "b" })],
    "a <- c <- b <- a",
  ],
  ["a name is unfit for a shell", [task("a b")], '"a b"'],
  ["a name leads out of its folder", [task("a", {}, { outputs: ["../x"] })], "plain file name"],
];
for (const [name, tasks, message] of broken) {
  Deno.test(`orderTasks() names the tasks when ${name}`, () => {
    assertThrows(() => orderTasks({ tasks }), Error, message);
  });
}
