import { assertEquals } from "@std/assert";
import { type LockTimes, tryLock, viewLock } from "../../../../pipeline/engine/store/lock_io.ts";
import { identityOf, liveness } from "../../../../pipeline/engine/store/process_io.ts";
import { tempDir } from "../../../support/temp_dir.ts";
import { until } from "../../../support/until.ts";

const TIMES: LockTimes = { pollMs: 10, heartbeatMs: 20, silentMs: 150, unreadableMs: 150 };
const never = new AbortController().signal;

function held(path: string) {
  const attempt = tryLock(path, TIMES);
  if (attempt.kind !== "held") throw new Error(`The lock is held by ${attempt.owner}`);
  return attempt.lock;
}

function isLocked(path: string): boolean {
  return viewLock(path, Date.now, TIMES) !== undefined;
}

function busy(path: string, times = TIMES) {
  const attempt = tryLock(path, times);
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
  const lock = held(path);
  const other = busy(path);
  assertEquals(other.owner, `process ${Deno.pid} on ${Deno.hostname()}`);
  assertEquals(isLocked(path), true);
  lock.release();
  assertEquals(isLocked(path), false);
  held(path).release();
});

Deno.test("tryLock() lets exactly one in when twenty try at once", async () => {
  await using dir = tempDir();
  const attempts = Array.from({ length: 20 }, () => tryLock(`${dir.path}/a.lock`, TIMES));
  assertEquals(attempts.filter((attempt) => attempt.kind === "held").length, 1);
  for (const attempt of attempts) if (attempt.kind === "held") attempt.lock.release();
});

Deno.test("untilFree() resolves when the owner lets go", async () => {
  await using dir = tempDir();
  const lock = held(`${dir.path}/a.lock`);
  const { watch } = busy(`${dir.path}/a.lock`);
  const waiting = watch.untilFree(never);
  lock.release();
  await waiting;
  assertEquals(isLocked(`${dir.path}/a.lock`), false);
});

Deno.test("untilFree() gives up when aborted", async () => {
  await using dir = tempDir();
  const lock = held(`${dir.path}/a.lock`);
  const { watch } = busy(`${dir.path}/a.lock`);
  const stop = new AbortController();
  const waiting = watch.untilFree(stop.signal);
  stop.abort();
  await waiting;
  assertEquals(isLocked(`${dir.path}/a.lock`), true);
  lock.release();
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
    held(`${dir.path}/a.lock`).release();
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
    const { watch } = busy(`${dir.path}/a.lock`);
    const begun = performance.now();
    await watch.untilFree(never);
    assertEquals(performance.now() - begun >= TIMES.silentMs - 20, true);
    held(`${dir.path}/a.lock`).release();
  });
}

Deno.test("untilFree() leaves the lock alone when an owner on another host keeps beating, whatever its clock", async () => {
  await using dir = tempDir();
  const path = dir.write("a.lock", foreignLock());
  // Longer than a busy machine keeps this process from beating.
  const times = { ...TIMES, silentMs: 1000 };
  const { watch } = busy(path, times);
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
  const { watch } = busy(path);
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

Deno.test("a held lock beats", async () => {
  await using dir = tempDir();
  const lock = held(`${dir.path}/a.lock`);
  const first = dir.read("a.lock");
  await until(() => dir.read("a.lock") !== first);
  assertEquals(dir.read("a.lock").split("\n")[0], first.split("\n")[0]);
  assertEquals([lock.isHeld(), lock.lost.aborted], [true, false]);
  lock.release();
});

Deno.test("a lock that was taken away tells its owner and writes into nobody else's", async () => {
  await using dir = tempDir();
  const lock = held(`${dir.path}/a.lock`);
  Deno.removeSync(`${dir.path}/a.lock`);
  dir.write("a.lock", foreignLock());
  await until(() => lock.lost.aborted);
  await new Promise((resolve) => setTimeout(resolve, 4 * TIMES.heartbeatMs));
  assertEquals(dir.read("a.lock"), foreignLock());
  assertEquals(lock.isHeld(), false);
  lock.release();
});

Deno.test("untilFree() finishes the removal of a lock when the remover died at it", async () => {
  await using dir = tempDir();
  const path = dir.write("a.lock", foreignLock());
  Deno.linkSync(path, `${path}.t.end`);
  const { watch } = busy(path);
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
      const attempt = tryLock(path, TIMES);
      if (attempt.kind === "busy") {
        await attempt.watch.untilFree(never);
        continue;
      }
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 3));
      inside--;
      turns++;
      return attempt.lock.release();
    }
  }));
  assertEquals([most, turns], [1, 20]);
  assertEquals([...Deno.readDirSync(dir.path)].map((entry) => entry.name), []);
});

Deno.test("release() leaves somebody else's lock alone when this one was taken away", async () => {
  await using dir = tempDir();
  const lock = held(`${dir.path}/a.lock`);
  Deno.removeSync(`${dir.path}/a.lock`);
  dir.write("a.lock", foreignLock());
  lock.release();
  assertEquals(dir.read("a.lock"), foreignLock());
});

const left: readonly (readonly [string, object, boolean])[] = [
  ["a host that rebooted", { host: Deno.hostname(), boot: "earlier" }, false],
  ["a host that is gone", {}, false],
  ["a process that runs here but is none of ours", identityOf(Deno.ppid), true],
];
for (const [name, change, isHere] of left) {
  Deno.test(`viewLock() says since when a lock is silent that ${name} left, and does not call that working`, async () => {
    await using dir = tempDir();
    const path = dir.write("a.lock", foreignLock(change));
    const now = Deno.statSync(path).mtime!.getTime();
    const at = (ms: number) => viewLock(path, () => now + ms, TIMES);
    assertEquals(at(TIMES.silentMs - 1)?.working, true);
    assertEquals(at(TIMES.silentMs + 1)?.working, isHere);
    const late = at(100_000)!;
    assertEquals([late.working, /, silent for 100 s$/.test(late.owner)], [false, true], late.owner);
  });
}

Deno.test("a lock that names a process of this machine as its owner is taken when it never changes, and the process lives", async () => {
  await using dir = tempDir();
  const victim = new Deno.Command("sleep", { args: ["60"] }).spawn();
  const path = dir.write("a.lock", foreignLock(identityOf(victim.pid)));
  const { watch } = busy(path, { ...TIMES, silentMs: 10 });
  await watch.untilFree(never);
  held(path).release();
  assertEquals(liveness(identityOf(victim.pid)), "alive");
  victim.kill();
  await victim.status;
});

Deno.test("an owner that is suspended is told as such, and its lock is taken after a while", async () => {
  await using dir = tempDir();
  const owner = new Deno.Command("sleep", { args: ["60"] }).spawn();
  const path = dir.write("a.lock", foreignLock(identityOf(owner.pid)));
  owner.kill("SIGSTOP");
  await until(() => liveness(identityOf(owner.pid)) === "suspended");
  const other = busy(path);
  assertEquals(other.owner, `process ${owner.pid} on ${Deno.hostname()}, which is suspended`);
  await other.watch.untilFree(never);
  held(path).release();
  owner.kill("SIGKILL");
  await owner.status;
});

const planted: readonly (readonly [string, (path: string) => void])[] = [
  ["a fifo", (path) => void new Deno.Command("mkfifo", { args: [path] }).outputSync()],
  ["a link to nothing", (path) => Deno.symlinkSync("nowhere", path)],
  [
    "a host's name with escape sequences",
    (path) => Deno.writeTextFileSync(path, foreignLock({ host: "\x1b[2J" })),
  ],
  [
    "a token that leads elsewhere",
    (path) => Deno.writeTextFileSync(path, foreignLock().replace('"t"', '"../t"')),
  ],
  ["a number as its start", (path) => Deno.writeTextFileSync(path, foreignLock({ started: 1 }))],
];
for (const [name, plant] of planted) {
  Deno.test(`a lock that is ${name} holds nobody up for long`, async () => {
    await using dir = tempDir();
    const path = `${dir.path}/a.lock`;
    plant(path);
    const other = busy(path);
    assertEquals(other.owner, "an unreadable lock");
    await other.watch.untilFree(never);
    held(path).release();
    assertEquals([...Deno.readDirSync(dir.path)], []);
  });
}

Deno.test("liveness() knows this process and does not judge other machines", () => {
  assertEquals(liveness(identityOf(Deno.pid)), "alive");
  assertEquals(liveness({ ...identityOf(Deno.pid), boot: "elsewhere" }), "unknown");
  assertEquals(liveness({ ...identityOf(Deno.pid), pidSpace: "elsewhere" }), "unknown");
});
