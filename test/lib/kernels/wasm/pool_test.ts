import { assert, assertEquals, assertThrows } from "@std/assert";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Pool } from "../../../../lib/kernels/wasm/pool.ts";
import { startThread } from "../../../../lib/kernels/wasm/threads_io.ts";

const FOLDER = new URL("../../../../lib/kernels/wasm/", import.meta.url);

async function openPool(threads: number, guests = 0) {
  const shared = threads + guests > 1;
  const module = new WebAssembly.Module(
    await Deno.readFile(new URL(shared ? "kernels_shared.wasm" : "kernels.wasm", FOLDER)),
  );
  const memory = new WebAssembly.Memory({ initial: 256, maximum: 65536, shared });
  const lent = new Set<number>();
  let [top, pieces] = [64, Infinity];
  const pool = await Pool.open({
    module,
    memory,
    threads,
    guests,
    startThread,
    allocate: (bytes) => {
      if (--pieces < 0) throw new RangeError("no room");
      const address = top;
      top += bytes;
      lent.add(address);
      return address;
    },
    release: (address) => assert(lent.delete(address), "released what was not lent"),
  });
  return {
    pool,
    lent,
    floats: new Float32Array(memory.buffer),
    /** From now on there is room for so many pieces. */
    fill: (room: number) => void (pieces = room),
  };
}

for (const threads of [1, 2, 3]) {
  Deno.test(`Pool.run() does every chunk once when it has ${threads} threads`, async () => {
    const { pool, floats, lent } = await openPool(threads);
    const [source, sums, columns, jobs] = [1024, 8192, 40, 500];
    for (let job = 0; job < jobs; job++) {
      floats.fill(job, source / 4, source / 4 + 3 * columns);
      floats.fill(-1, sums / 4, sums / 4 + columns + 1);
      pool.run("columnSums", columns, [source, 3, columns, sums], 64);
      assertEquals([...new Set(floats.subarray(sums / 4, sums / 4 + columns))], [3 * job]);
    }
    assertEquals(floats[sums / 4 + columns], -1);
    assertEquals(lent.size, threads);
    await pool.close();
    assertEquals(lent.size, 0);
  });

  Deno.test(`Pool.run() throws when a chunk leaves the memory, and works on, with ${threads} threads`, async () => {
    const { pool, floats } = await openPool(threads);
    // On whichever thread the chunks ran.
    const jobs = threads === 1 ? 1 : 50;
    for (let job = 0; job < jobs; job++) {
      assertThrows(() => pool.run("columnSums", 8, [0xfffffff0, 1, 1, 0]), Error, "out of bounds");
    }
    floats[16] = 7;
    pool.run("columnSums", 1, [64, 1, 1, 128]);
    assertEquals(floats[32], 7);
    await pool.close();
  });
}

for (const [threads, chunks] of [[1, 40], [2, 1], [2, 40]] as const) {
  Deno.test(`Pool.start() leaves ${chunks} chunks to ${threads - 1} others until finish() helps`, async () => {
    const { pool, floats } = await openPool(threads);
    for (let job = 0; job < 200; job++) {
      floats.fill(job, 256, 256 + 3 * 40);
      floats.fill(-1, 2048, 2048 + 40);
      pool.start("columnSums", chunks, [1024, 3, 40, 8192], 64);
      assertThrows(() => pool.run("columnSums", 1, [1024, 3, 40, 4096]), Error, "columnSums is not finished");
      pool.finish();
      assertEquals([...new Set(floats.subarray(2048, 2048 + chunks))], [3 * job]);
    }
    pool.finish(); // nothing was started
    pool.start("columnSums", 8, [0xfffffff0, 1, 1, 0]);
    assertThrows(() => pool.finish(), Error, "out of bounds");
    pool.run("columnSums", chunks, [1024, 3, 40, 8192], 64);
    await pool.close();
  });
}

Deno.test("Pool.start() has all chunks done by other threads where this one does something else", async () => {
  const { pool, floats } = await openPool(2);
  floats.fill(1, 256, 256 + 3 * 40);
  pool.start("columnSums", 40, [1024, 3, 40, 8192], 64);
  const sums = () => floats.slice(2048, 2048 + 40);
  while (sums().some((sum) => sum !== 3)) await new Promise((resolve) => setTimeout(resolve, 1));
  pool.finish();
  assertEquals([...new Set(sums())], [3]);
  await pool.close();
});

Deno.test("a guest that was invited takes part in jobs until the pool is closed, with memory of its own", async () => {
  const { pool, floats, lent } = await openPool(1, 1);
  pool.run("columnSums", 1, [64, 1, 1, 128], 64);
  assertEquals(lent.size, 1);
  const start = pool.invite()!;
  assertEquals([lent.size, pool.seats], [2, 2]);
  assertEquals(pool.invite(), undefined);
  const helped = new Int32Array(new SharedArrayBuffer(4));
  const guest = new Worker(new URL("./guest_worker.ts", import.meta.url), { workerData: { start, helped } });
  await once(guest, "message");
  const [source, sums, columns] = [1024, 8192, 400];
  for (let job = 0; job < 100 || Atomics.load(helped, 0) === 0; job++) {
    floats.fill(job, source / 4, source / 4 + columns);
    pool.run("columnSums", columns, [source, 1, columns, sums], 128);
    assertEquals([...new Set(floats.subarray(sums / 4, sums / 4 + columns))], [job]);
  }
  await Promise.all([once(guest, "exit"), pool.close()]);
  assertEquals(lent.size, 0);
});

Deno.test("Pool.run() names a function that does not exist", async () => {
  const { pool } = await openPool(1);
  assertThrows(() => pool.run("columnSum", 1, []), Error, "columnSum");
});

Deno.test("a job that gets no room for a thread throws why, gives back what others got, and leaves the pool as it was", async () => {
  const { pool, floats, lent, fill } = await openPool(2);
  pool.run("columnSums", 1, [64, 1, 1, 128], 64);
  assertEquals(lent.size, 2);
  fill(1);
  assertThrows(() => pool.run("columnSums", 1, [64, 1, 1, 128], 128), RangeError, "no room");
  assertEquals([lent.size, pool.scratchBytes], [0, 0]);
  fill(Infinity);
  floats[16] = 7;
  pool.run("columnSums", 1, [64, 1, 1, 128], 128);
  assertEquals([lent.size, floats[32]], [2, 7]);
  await pool.close();
  assertEquals(lent.size, 0);
});
