import { assertEquals, assertRejects } from "@std/assert";
import { Worker } from "node:worker_threads";
import { UserError } from "../../../lib/base/errors.ts";
import { doPieces } from "../../../lib/data/pieces_io.ts";
import { type Counting, openCounting } from "./counting_pieces.ts";

function counting(count: number, threads: number, failing = -1) {
  const work: Counting = { times: new Int32Array(new SharedArrayBuffer(4 * count)), failing };
  const told: number[] = [];
  const done = doPieces({
    count,
    threads,
    work,
    open: openCounting,
    start: (workerData) => new Worker(new URL("./counting_worker.ts", import.meta.url), { workerData }),
    onDone: (number) => told.push(number),
  });
  return { work, told, done };
}

for (const threads of [1, 2, 3]) {
  Deno.test(`doPieces() does each piece once and tells of each on ${threads} threads`, async () => {
    const { work, told, done } = counting(40, threads);
    await done;
    assertEquals([...work.times], Array.from({ length: 40 }, () => 1));
    assertEquals(told, Array.from({ length: 40 }, (_, i) => i + 1));
  });

  Deno.test(`doPieces() fails with what a piece throws on ${threads} threads, though others wait for it`, async () => {
    const { done } = counting(12, threads, 3);
    const error = await assertRejects(() => done, UserError, "Cannot do piece 3");
    assertEquals(error.reason, "bad-dataset");
  });
}

Deno.test("doPieces() starts no more threads than there are pieces", async () => {
  const { work, done } = counting(1, 8);
  await done;
  assertEquals([...work.times], [1]);
});
