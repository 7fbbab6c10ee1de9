/**
 * One lock a key, as a file that is right on network file systems too: it is created whole by a hard link, which only
 * one can succeed in, and its owner keeps changing its text, which tells a living owner on another machine from a dead
 * one without comparing clocks. Nothing relies on flock, on times of files, or on names in a folder's listing.
 *
 * A lock is removed by whoever links it to a name made of its token: only one can, and what the link then holds says
 * whether it still was that lock. So two who judge the same lock cannot remove a third one's.
 */
import { kill } from "node:process";
import { sha256 } from "../../../lib/base/digest.ts";
import { removeTree, writeAll } from "./atomic_io.ts";
import { linkNew } from "./file_system_io.ts";
import { identityOf, liveness, type ProcessIdentity } from "./process_io.ts";

export interface LockTimes {
  readonly pollMs: number;
  readonly heartbeatMs: number;
  /** An owner on another machine counts as gone when its heartbeat was not seen to change this long. */
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

/** Three lines: what never changes, the heartbeat, and the child, if there is one yet. */
interface LockText {
  readonly token: string;
  readonly owner: ProcessIdentity;
  /** The stage's process: if its owner died without it, it must end before anybody else starts. */
  readonly child: ProcessIdentity | undefined;
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
    const gone = seen.text !== undefined && liveness(seen.text.owner) === "gone";
    if (gone && await takeAway(path, seen, 0)) continue;
    return { kind: "busy", owner: describeOwner(seen), watch: watchLock(path, times) };
  }
}

/** Whether somebody holds the lock, as far as a single look can tell. */
export function isLocked(path: string): boolean {
  return lockOwner(path) !== undefined;
}

/** Who holds the lock, in words, as far as a single look can tell; `undefined`: nobody. */
export function lockOwner(path: string): string | undefined {
  const seen = look(path);
  if (seen === undefined || (seen.text !== undefined && liveness(seen.text.owner) === "gone")) {
    return undefined;
  }
  return describeOwner(seen);
}

interface Sight {
  /** The whole text, with the heartbeat. */
  readonly raw: string;
  /** The same as long as it is the same lock. */
  readonly id: string;
  /** None if the text cannot be read. */
  readonly text: LockText | undefined;
}

function createLock(path: string, times: LockTimes): HeldLock | undefined {
  const token = crypto.randomUUID();
  const owner = identityOf(Deno.pid);
  const temporary = `${path}.${token}.tmp`;
  Deno.writeTextFileSync(temporary, textOf({ token, owner, child: undefined }, 0));
  try {
    linkNew(temporary, path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  } finally {
    removeTree(temporary);
  }
  // Asked twice because the first answer was lost on the network, a server says no to what it has done; and where there
  // are no links, whoever took long to write the text may have lost the lock.
  if (look(path)?.id !== token) return undefined;
  return holdLock(path, token, owner, times);
}

function holdLock(path: string, token: string, owner: ProcessIdentity, times: LockTimes): HeldLock {
  // The file itself is kept open: if the lock is taken away, what is written meets nobody else's.
  const file = Deno.openSync(path, { read: true, write: true });
  let child: ProcessIdentity | undefined;
  let beats = 0;
  const write = (): void => {
    file.seekSync(0, Deno.SeekMode.Start);
    writeAll(file, new TextEncoder().encode(textOf({ token, owner, child }, beats)));
    file.syncDataSync(); // other machines see only what has reached the server
  };
  const beat = setInterval(() => {
    beats++;
    try {
      write();
    } catch {
      // A beat that fails once is made up by the next; losing the lock costs work, not results.
    }
  }, times.heartbeatMs);
  Deno.unrefTimer(beat);
  return {
    setChild(pid) {
      child = identityOf(pid);
      write();
    },
    release() {
      clearInterval(beat);
      file.close();
      if (look(path)?.id === token) removeOnce(path, token, 0);
      return Promise.resolve();
    },
  };
}

function watchLock(path: string, times: LockTimes): LockWatch {
  return {
    async untilFree(signal) {
      let last: Sight | undefined;
      let since = performance.now();
      // Counts up when one who was about to remove the lock has died at that.
      let round = 0;
      for (let wait = Math.min(20, times.pollMs); !signal.aborted; wait = Math.min(wait * 2, times.pollMs)) {
        const seen = look(path);
        if (seen === undefined) return;
        if (seen.id !== last?.id) round = 0;
        if (seen.raw !== last?.raw) since = performance.now();
        last = seen;
        if (abandoned(seen, performance.now() - since, times)) {
          if (await takeAway(path, seen, round)) return;
          if (performance.now() - since >= (round + 1) * times.silentMs) round++;
        }
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

/** Ends a process that outlived its owner, then removes the lock. @returns Whether it is gone. */
async function takeAway(path: string, seen: Sight, round: number): Promise<boolean> {
  if (seen.text?.child !== undefined) await end(seen.text.child);
  return removeOnce(path, seen.id, round);
}

/**
 * Removes the lock `id`, and no other.
 *
 * @returns Whether it is gone; `false`: somebody else is at it.
 */
function removeOnce(path: string, id: string, round: number): boolean {
  const right = (count: number): string => `${path}.${id}.end${count === 0 ? "" : count}`;
  try {
    linkNew(path, right(round));
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
  // Whoever linked this very lock is the only one who may remove it; it cannot have become another since.
  if (look(right(round))?.id === id) removeTree(path);
  for (let count = 0; count <= round; count++) removeTree(right(count));
  return true;
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

/** `undefined`: there is no lock. It is opened anew each time, which makes network file systems ask the server. */
function look(path: string): Sight | undefined {
  try {
    using file = Deno.openSync(path, { read: true });
    const bytes = new Uint8Array(4096);
    const read = file.readSync(bytes) ?? 0;
    const raw = new TextDecoder().decode(bytes.subarray(0, read));
    const text = parse(raw);
    return { raw, id: text?.token ?? `unreadable-${sha256(raw).slice(0, 16)}`, text };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function textOf({ token, owner, child }: LockText, beats: number): string {
  const words = [JSON.stringify({ token, owner }), `${beats}`.padStart(12)];
  return `${[...words, ...(child === undefined ? [] : [JSON.stringify(child)])].join("\n")}\n`;
}

function parse(raw: string): LockText | undefined {
  const [first = "", , third = ""] = raw.split("\n");
  const text = parseJson(first);
  const { token, owner } = (text ?? {}) as { token?: unknown; owner?: unknown };
  if (typeof token !== "string" || !/^[\w-]+$/.test(token) || !isIdentity(owner)) return undefined;
  const child = parseJson(third);
  return { token, owner, child: isIdentity(child) ? child : undefined };
}

function isIdentity(value: unknown): value is ProcessIdentity {
  const { pid, host } = (value ?? {}) as { pid?: unknown; host?: unknown };
  return typeof pid === "number" && typeof host === "string";
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
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
