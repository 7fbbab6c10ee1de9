import { assertEquals } from "@std/assert";
import { isLocked, type LockTimes, tryLock } from "../../../pipeline/engine/lock_io.ts";
import { identityOf, liveness } from "../../../pipeline/engine/process_io.ts";
import { tempDir } from "../../support/temp_dir.ts";

const TIMES: LockTimes = { pollMs: 10, heartbeatMs: 20, silentMs: 150, unreadableMs: 150 };
const never = new AbortController().signal;

async function held(path: string) {
  const attempt = await tryLock(path, TIMES);
  if (attempt.kind !== "held") throw new Error(`The lock is held by ${attempt.owner}`);
  return attempt.lock;
}

async function busy(path: string) {
  const attempt = await tryLock(path, TIMES);
  if (attempt.kind !== "busy") throw new Error("The lock was free");
  return attempt;
}

function foreignLock(change: object = {}): string {
  return JSON.stringify({ token: "t", owner: { ...identityOf(Deno.pid), host: "elsewhere", ...change } });
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
  ["the machine was started again", { boot: "earlier" }],
];
for (const [name, change] of gone) {
  Deno.test(`tryLock() takes over at once when the owner was on this host and ${name}`, async () => {
    await using dir = tempDir();
    dir.write("a.lock", foreignLock({ host: Deno.hostname(), ...change }));
    assertEquals(isLocked(`${dir.path}/a.lock`), false);
    await (await held(`${dir.path}/a.lock`)).release();
  });
}

const silent: readonly (readonly [string, string])[] = [
  ["an owner on another host is silent", foreignLock()],
  ["an owner in another container is silent", foreignLock({ host: Deno.hostname(), pidSpace: "other" })],
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

Deno.test("untilFree() leaves the lock alone when an owner on another host keeps beating", async () => {
  await using dir = tempDir();
  const path = dir.write("a.lock", foreignLock());
  const { watch } = await busy(path);
  const stop = new AbortController();
  let beats = 0;
  const beat = setInterval(() => Deno.utimeSync(path, new Date(), new Date(1e12 + ++beats * 1000)), 20);
  setTimeout(() => stop.abort(), 3 * TIMES.silentMs);
  await watch.untilFree(stop.signal);
  clearInterval(beat);
  assertEquals(isLocked(path), true);
});

Deno.test("a held lock beats", async () => {
  await using dir = tempDir();
  const lock = await held(`${dir.path}/a.lock`);
  Deno.utimeSync(`${dir.path}/a.lock`, new Date(0), new Date(0));
  await new Promise((resolve) => setTimeout(resolve, 4 * TIMES.heartbeatMs));
  assertEquals(Deno.statSync(`${dir.path}/a.lock`).mtime!.getTime() > 0, true);
  await lock.release();
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
  dir.write("a.lock", JSON.stringify({ token: "t", owner, child: identityOf(stage.pid) }));
  const lock = await held(`${dir.path}/a.lock`);
  assertEquals((await stage.status).signal, "SIGKILL");
  await lock.release();
});

Deno.test("liveness() knows this process and does not judge other machines", () => {
  assertEquals(liveness(identityOf(Deno.pid)), "alive");
  assertEquals(liveness({ ...identityOf(Deno.pid), host: "elsewhere" }), "unknown");
});
