import { assert, assertEquals } from "@std/assert";
import { planLines } from "../../../pipeline/commands/shared/plan_lines.ts";
import { planGraph } from "../../../pipeline/engine/plan.ts";
import { NO_CODE, task } from "../../support/tasks.ts";

const RUN = "train/linear-nnaudio-A-mel40-seed0-trainer=quick";
const [TRAIN, VALIDATION] = ["features/mini-train", "features/mini-validation"];
const tasks = [
  task("index"),
  task(TRAIN, { x: "index" }),
  task(VALIDATION, { x: "index" }),
  task(RUN, { x: TRAIN, y: VALIDATION }),
];
const plan = await planGraph({ tasks }, {
  receipt: () => Promise.resolve(undefined),
  lastReceipt: () => undefined,
  code: () => NO_CODE,
  external: () => {
    throw new Error("nothing is the user's");
  },
  forced: () => false,
});

Deno.test("planLines() tells all of each reason where lines may be of any length", () => {
  assertEquals(planLines(plan, Infinity), [
    "stale    index  (never ran)",
    `pending  ${TRAIN}  (waits for index)`,
    `pending  ${VALIDATION}  (waits for index)`,
    `pending  ${RUN}  (waits for ${TRAIN}, ${VALIDATION})`,
  ]);
});

Deno.test("planLines() makes no line longer than the terminal, and keeps what tells most", () => {
  const last = (columns: number) => planLines(plan, columns).at(-1);
  assertEquals(last(110), `pending  ${RUN}  (waits for ${TRAIN} and 1 more)`);
  assertEquals(last(80), `pending  ${RUN}  (waits for features…)`);
  assertEquals(last(60), `pending  ${RUN}`);
  assertEquals(last(40), "pending  train/linear-nn…0-trainer=quick");
  for (let columns = 10; columns < 140; columns++) {
    for (const line of planLines(plan, columns)) assert(line.length <= columns, `${columns}: ${line}`);
  }
});
