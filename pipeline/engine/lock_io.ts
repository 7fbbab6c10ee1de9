/**
 * One lock a key, as a file that is created whole by a hard link, which works on shared file systems too. A lock
 * whose owner is gone is taken away; only under the guard, an advisory lock that the system frees with its owner,
 * is anything removed, so that two who judge the same lock cannot remove a third one's.
 */
import { kill } from "node:process";
import { removeTree } from "./atomic_io.ts";
import { identityOf, liveness, type ProcessIdentity } from "./process_io.ts";

export interface LockTimes {
  readonly pollMs: number;
  readonly heartbeatMs: number;
  /** An owner on another host counts as gone when its heartbeat was not seen to change this long. */
  readonly silentMs: number;
  /** Text that cannot be read counts as nobody's when it does not change this long. */
  readonly unreadableMs: number;
}

export const LOCK_TIMES: LockTimes = Object.freeze({
  pollMs: 200,
  heartbeatMs: 4_000,
  silentMs: 30_000,
  unreadableMs: 30_000,
});

interface LockText {
  readonly token: string;
  readonly owner: ProcessIdentity;
  /** The stage's process: if its owner died without it, it must end before anybody else starts. */
  readonly child?: ProcessIdentity;
}

/** A lock that this process holds. */
export interface HeldLock {
  /** Names the process that works for the lock. */
  setChild(pid: number): void;
  release(): Promise<void>;
}

export interface LockWatch {
  /** Resolves when the lock is free (somebody else may take it first) or `signal` is aborted. */
  untilFree(signal: AbortSignal): Promise<void>;
}

export type LockAttempt =
  | { readonly kind: "held"; readonly lock: HeldLock }
  | { readonly kind: "busy"; readonly owner: string; readonly watch: LockWatch };

/** Takes the lock at `path` if it is free or its owner is known to be gone; never waits for another's work. */
export async function tryLock(path: string, times: LockTimes = LOCK_TIMES): Promise<LockAttempt> {
  for (;;) {
    const lock = createLock(path, times);
    if (lock !== undefined) return { kind: "held", lock };
    const seen = look(path);
    if (seen === undefined) continue;
    if (seen.text !== undefined && liveness(seen.text.owner) === "gone") {
      await remove(path, seen.raw);
      continue;
    }
    return { kind: "busy", owner: describeOwner(seen), watch: watchLock(path, times) };
  }
}

/** Whether somebody holds the lock, as far as a single look can tell. */
export function isLocked(path: string): boolean {
  const seen = look(path);
  return seen !== undefined && (seen.text === undefined || liveness(seen.text.owner) !== "gone");
}

interface Sight {
  readonly raw: string;
  readonly beatMs: number;
  /** None if the text cannot be read. */
  readonly text: LockText | undefined;
}

function createLock(path: string, times: LockTimes): HeldLock | undefined {
  const text: LockText = { token: crypto.randomUUID(), owner: identityOf(Deno.pid) };
  const temporary = `${path}.${text.token}.tmp`;
  Deno.writeTextFileSync(temporary, JSON.stringify(text));
  try {
    Deno.linkSync(temporary, path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return undefined;
    throw error;
  } finally {
    removeTree(temporary);
  }
  return holdLock(path, text, times);
}

function holdLock(path: string, text: LockText, times: LockTimes): HeldLock {
  const mine = () => look(path)?.text?.token === text.token;
  const beat = setInterval(() => {
    try {
      const now = new Date();
      if (mine()) Deno.utimeSync(path, now, now);
    } catch {
      // A beat that fails once is made up by the next; losing the lock costs work, not results.
    }
  }, times.heartbeatMs);
  Deno.unrefTimer(beat);
  return {
    setChild(pid) {
      if (!mine()) return;
      const temporary = `${path}.${text.token}.tmp`;
      Deno.writeTextFileSync(temporary, JSON.stringify({ ...text, child: identityOf(pid) }));
      Deno.renameSync(temporary, path);
    },
    async release() {
      clearInterval(beat);
      const seen = look(path);
      if (seen?.text?.token === text.token) await remove(path, seen.raw);
    },
  };
}

function watchLock(path: string, times: LockTimes): LockWatch {
  return {
    async untilFree(signal) {
      let last: Sight | undefined;
      let since = performance.now();
      for (let wait = Math.min(20, times.pollMs); !signal.aborted; wait = Math.min(wait * 2, times.pollMs)) {
        const seen = look(path);
        if (seen === undefined) return;
        if (seen.raw !== last?.raw || seen.beatMs !== last.beatMs) since = performance.now();
        last = seen;
        if (abandoned(seen, performance.now() - since, times)) return await remove(path, seen.raw);
        await sleep(wait, signal);
      }
    },
  };
}

function abandoned(seen: Sight, silentMs: number, times: LockTimes): boolean {
  if (seen.text === undefined) return silentMs >= times.unreadableMs;
  const state = liveness(seen.text.owner);
  return state === "gone" || (state === "unknown" && silentMs >= times.silentMs);
}

/** Removes the lock if it still reads as `raw`, and first ends a process that outlived its owner. */
async function remove(path: string, raw: string): Promise<void> {
  using guard = await Deno.open(`${path.slice(0, path.lastIndexOf("/"))}/guard`, {
    create: true,
    write: true,
  });
  await guard.lock(true);
  const seen = look(path);
  if (seen === undefined || seen.raw !== raw) return;
  const child = seen.text?.child;
  if (child !== undefined) await end(child);
  removeTree(path);
}

/** Start time and boot are compared, so that no other process that got the same number is meant. */
async function end(child: ProcessIdentity): Promise<void> {
  for (let tries = 0; tries < 100 && liveness(child) === "alive" && child.started !== ""; tries++) {
    try {
      kill(child.pid, "SIGKILL");
    } catch {
      return; // it ended by itself, or belongs to somebody else
    }
    await sleep(20);
  }
}

/** `undefined`: there is no lock. The text is read anew each time, which also makes network file systems look. */
function look(path: string): Sight | undefined {
  try {
    using file = Deno.openSync(path, { read: true });
    const bytes = new Uint8Array(4096);
    const read = file.readSync(bytes) ?? 0;
    const raw = new TextDecoder().decode(bytes.subarray(0, read));
    return { raw, beatMs: file.statSync().mtime?.getTime() ?? 0, text: parse(raw) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function parse(raw: string): LockText | undefined {
  try {
    const text = JSON.parse(raw);
    const { token, owner } = text;
    return typeof token === "string" && typeof owner?.pid === "number" && typeof owner?.host === "string"
      ? text
      : undefined;
  } catch {
    return undefined;
  }
}

function describeOwner(seen: Sight): string {
  return seen.text === undefined
    ? "an unreadable lock"
    : `process ${seen.text.owner.pid} on ${seen.text.owner.host}`;
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, ms);
    signal?.addEventListener("abort", finish, { once: true });
    function finish(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", finish);
      resolve();
    }
  });
}
