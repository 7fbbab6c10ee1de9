import { assertEquals } from "@std/assert";
import { isLocked, type LockTimes, tryLock } from "../../../../pipeline/engine/store/lock_io.ts";
import { identityOf, liveness } from "../../../../pipeline/engine/store/process_io.ts";
import { tempDir } from "../../../support/temp_dir.ts";
import { until } from "../../../support/until.ts";

const TIMES: LockTimes = { pollMs: 10, heartbeatMs: 20, silentMs: 150, unreadableMs: 150 };
const never = new AbortController().signal;

async function held(path: string) {
  const attempt = await tryLock(path, TIMES);
  if (attempt.kind !== "held") throw new Error(`The lock is held by ${attempt.owner}`);
  return attempt.lock;
}

async function busy(path: string, times = TIMES) {
  const attempt = await tryLock(path, times);
  if (attempt.kind !== "busy") throw new Error("The lock was free");
  return attempt;
}

function foreignLock(change: object = {}, beats = 0): string {
  const owner = { ...identityOf(Deno.pid), host: "elsewhere", boot: "elsewhere", ...change };
  return `${JSON.stringify({ token: "t", owner })}\n${beats}\n`;
}

Deno.test("tryLock() lets one in and tells the other who it is", async () => {
  await using dir = tempDir();
  const path = `${dir.path}/a.lock`;
  const lock = await held(path);
  const other = await busy(path);
  assertEquals(other.owner, `process ${Deno.pid} on ${Deno.hostname()}`);
  assertEquals(isLocked(path), true);
  await lock.release();
  assertEquals(isLocked(path), false);
  await (await held(path)).release();
});

Deno.test("tryLock() lets exactly one in when twenty try at once", async () => {
  await using dir = tempDir();
  const attempts = await Promise.all(Array.from({ length: 20 }, () => tryLock(`${dir.path}/a.lock`, TIMES)));
  assertEquals(attempts.filter((attempt) => attempt.kind === "held").length, 1);
  for (const attempt of attempts) if (attempt.kind === "held") await attempt.lock.release();
});

Deno.test("untilFree() resolves when the owner lets go", async () => {
  await using dir = tempDir();
  const lock = await held(`${dir.path}/a.lock`);
  const { watch } = await busy(`${dir.path}/a.lock`);
  const waiting = watch.untilFree(never);
  await lock.release();
  await waiting;
  assertEquals(isLocked(`${dir.path}/a.lock`), false);
});

Deno.test("untilFree() gives up when aborted", async () => {
  await using dir = tempDir();
  const lock = await held(`${dir.path}/a.lock`);
  const { watch } = await busy(`${dir.path}/a.lock`);
  const stop = new AbortController();
  const waiting = watch.untilFree(stop.signal);
  stop.abort();
  await waiting;
  assertEquals(isLocked(`${dir.path}/a.lock`), true);
  await lock.release();
});

const gone: readonly (readonly [string, object])[] = [
  ["its process is gone", { pid: 4_194_303, started: "1" }],
  ["its process number belongs to another one now", { started: "1" }],
];
for (const [name, change] of gone) {
  Deno.test(`tryLock() takes over at once when the owner was on this machine and ${name}`, async () => {
    await using dir = tempDir();
    dir.write("a.lock", foreignLock({ ...identityOf(Deno.pid), ...change }));
    assertEquals(isLocked(`${dir.path}/a.lock`), false);
    await (await held(`${dir.path}/a.lock`)).release();
  });
}

const silent: readonly (readonly [string, string])[] = [
  ["an owner on another host is silent", foreignLock()],
  ["an owner in another container is silent", foreignLock({ ...identityOf(Deno.pid), pidSpace: "other" })],
  ["an owner from before a restart is silent", foreignLock({ host: Deno.hostname(), boot: "earlier" })],
  ["the text cannot be read", "{"],
  ["the text is empty", ""],
];
for (const [name, text] of silent) {
  Deno.test(`untilFree() takes the lock away after a while when ${name}`, async () => {
    await using dir = tempDir();
    dir.write("a.lock", text);
    const { watch } = await busy(`${dir.path}/a.lock`);
    const begun = performance.now();
    await watch.untilFree(never);
    assertEquals(performance.now() - begun >= TIMES.silentMs - 20, true);
    await (await held(`${dir.path}/a.lock`)).release();
  });
}

Deno.test("untilFree() leaves the lock alone when an owner on another host keeps beating, whatever its clock", async () => {
  await using dir = tempDir();
  const path = dir.write("a.lock", foreignLock());
  // Longer than a busy machine keeps this process from beating.
  const times = { ...TIMES, silentMs: 1000 };
  const { watch } = await busy(path, times);
  const stop = new AbortController();
  let beats = 0;
  const beat = setInterval(() => {
    dir.write("a.lock", foreignLock({}, ++beats));
    Deno.utimeSync(path, new Date(1000), new Date(1000));
  }, 20);
  setTimeout(() => stop.abort(), 2 * times.silentMs);
  await watch.untilFree(stop.signal);
  clearInterval(beat);
  assertEquals(isLocked(path), true);
});

Deno.test("untilFree() does not take a new time stamp for a heartbeat", async () => {
  await using dir = tempDir();
  const path = dir.write("a.lock", foreignLock());
  const { watch } = await busy(path);
  const touch = setInterval(() => {
    try {
      Deno.utimeSync(path, new Date(), new Date());
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }, 20);
  await watch.untilFree(never);
  clearInterval(touch);
  assertEquals(isLocked(path), false);
});

Deno.test("a held lock beats and names its stage's process", async () => {
  await using dir = tempDir();
  const lock = await held(`${dir.path}/a.lock`);
  const first = dir.read("a.lock");
  await until(() => dir.read("a.lock") !== first);
  assertEquals(dir.read("a.lock").split("\n")[0], first.split("\n")[0]);
  lock.setChild(Deno.pid);
  assertEquals(JSON.parse(dir.read("a.lock").split("\n")[2]!), { ...identityOf(Deno.pid) });
  await lock.release();
});

Deno.test("a lock that was taken away writes into nobody else's", async () => {
  await using dir = tempDir();
  const lock = await held(`${dir.path}/a.lock`);
  Deno.removeSync(`${dir.path}/a.lock`);
  dir.write("a.lock", foreignLock());
  lock.setChild(Deno.pid);
  await new Promise((resolve) => setTimeout(resolve, 4 * TIMES.heartbeatMs));
  assertEquals(dir.read("a.lock"), foreignLock());
  await lock.release();
});

Deno.test("untilFree() finishes the removal of a lock when the remover died at it", async () => {
  await using dir = tempDir();
  const path = dir.write("a.lock", foreignLock());
  Deno.linkSync(path, `${path}.t.end`);
  const { watch } = await busy(path);
  await watch.untilFree(never);
  assertEquals([...Deno.readDirSync(dir.path)].map((entry) => entry.name), []);
});

Deno.test("a slow remover does not remove the lock that came after", async () => {
  await using dir = tempDir();
  const path = dir.write("a.lock", foreignLock({ ...identityOf(Deno.pid), started: "1" }));
  // Twenty judge the same dead owner; whoever is let in works a while, and nobody else is let in meanwhile.
  let inside = 0;
  let most = 0;
  let turns = 0;
  await Promise.all(Array.from({ length: 20 }, async () => {
    for (;;) {
      const attempt = await tryLock(path, TIMES);
      if (attempt.kind === "busy") {
        await attempt.watch.untilFree(never);
        continue;
      }
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 3));
      inside--;
      turns++;
      return await attempt.lock.release();
    }
  }));
  assertEquals([most, turns], [1, 20]);
  assertEquals([...Deno.readDirSync(dir.path)].map((entry) => entry.name), []);
});

Deno.test("release() leaves somebody else's lock alone when this one was taken away", async () => {
  await using dir = tempDir();
  const lock = await held(`${dir.path}/a.lock`);
  Deno.removeSync(`${dir.path}/a.lock`);
  dir.write("a.lock", foreignLock());
  await lock.release();
  assertEquals(dir.read("a.lock"), foreignLock());
});

Deno.test("tryLock() first ends a stage that outlived its engine", async () => {
  await using dir = tempDir();
  const stage = new Deno.Command("sleep", { args: ["60"] }).spawn();
  const owner = { ...identityOf(Deno.pid), started: "1" };
  const text = [JSON.stringify({ token: "t", owner }), "0", JSON.stringify(identityOf(stage.pid)), ""];
  dir.write("a.lock", text.join("\n"));
  const lock = await held(`${dir.path}/a.lock`);
  assertEquals((await stage.status).signal, "SIGKILL");
  await lock.release();
});

Deno.test("liveness() knows this process and does not judge other machines", () => {
  assertEquals(liveness(identityOf(Deno.pid)), "alive");
  assertEquals(liveness({ ...identityOf(Deno.pid), boot: "elsewhere" }), "unknown");
  assertEquals(liveness({ ...identityOf(Deno.pid), pidSpace: "elsewhere" }), "unknown");
});
