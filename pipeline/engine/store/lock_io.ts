/**
 * One lock a key, as a file that is right on network file systems too: it is created whole by a hard link, which only
 * one can succeed in, and its owner keeps changing its text, which tells a living owner on another machine from a dead
 * one without comparing clocks. Nothing relies on flock, on times of files, or on names in a folder's listing.
 *
 * A lock is removed by whoever links it to a name made of its token: only one can, and what the link then holds says
 * whether it still was that lock. So two who judge the same lock cannot remove a third one's.
 *
 * An owner that is suspended is silent and may lose its lock without knowing. It finds out at its next heartbeat; until
 * then nothing that it does can harm, as each attempt has folders of its own. So nobody's process is ever signalled.
 */
import { sleep } from "../clock_io.ts";
import { removeTree, writeAll } from "./atomic_io.ts";
import { linkNew } from "./file_system_io.ts";
import { lockText, ownerWords, type Sight, sightOf, spanText } from "./lock_text.ts";
import { identityOf, type Liveness, liveness, type ProcessIdentity } from "./process_io.ts";

export interface LockTimes {
  readonly pollMs: number;
  readonly heartbeatMs: number;
  /**
   * Whoever is suspended or on another machine counts as gone when its heartbeat did not change this long; a process of
   * this machine that runs gets {@link BUSY_TIMES} as long, as it may be at something that leaves it no time to beat.
   */
  readonly silentMs: number;
  /** Text that cannot be read counts as nobody's when it does not change this long. */
  readonly unreadableMs: number;
}

const BUSY_TIMES = 20;

export const LOCK_TIMES: LockTimes = Object.freeze({
  pollMs: 200,
  heartbeatMs: 4_000,
  silentMs: 30_000,
  unreadableMs: 30_000,
});

/** A lock that this process holds. */
export interface HeldLock {
  /** Aborted when a heartbeat finds that somebody else has taken over. */
  readonly lost: AbortSignal;
  /** Whether it is still this process's. */
  isHeld(): boolean;
  release(): void;
}

export interface LockWatch {
  /** Resolves when the lock is free (somebody else may take it first) or `signal` is aborted. */
  untilFree(signal: AbortSignal): Promise<void>;
}

export type LockAttempt =
  | { readonly kind: "held"; readonly lock: HeldLock }
  | { readonly kind: "busy"; readonly owner: string; readonly watch: LockWatch };

/** Takes the lock at `path` if it is free or its owner is known to be gone; never waits for another's work. */
export function tryLock(path: string, times: LockTimes = LOCK_TIMES): LockAttempt {
  for (;;) {
    const lock = createLock(path, times);
    if (lock !== undefined) return { kind: "held", lock };
    const seen = look(path);
    if (seen === undefined) continue;
    const state = stateOf(seen);
    if (state === "gone" && removeOnce(path, seen.id, 0)) continue;
    const hint = state === "suspended" ? ", which is suspended" : "";
    return { kind: "busy", owner: `${ownerWords(seen)}${hint}`, watch: watchLock(path, times) };
  }
}

/** A lock that somebody has taken, as far as a single look can tell. */
export interface LockView {
  /** Who it is, in words, and when it was last heard of if that is all that is known. */
  readonly owner: string;
  /** It works, as far as is known. Else the next who wants the lock gets it, some at once and some after a while. */
  readonly working: boolean;
}

/**
 * Nothing if nobody has it, or its owner is gone for sure.
 *
 * @param now Milliseconds since 1970 by the clock that stamps the lock's file: only what is shown depends on it.
 */
export function viewLock(
  path: string,
  now: () => number,
  times: LockTimes = LOCK_TIMES,
): LockView | undefined {
  const seen = look(path);
  const state = seen === undefined ? "gone" : stateOf(seen);
  if (seen === undefined || state === "gone") return undefined;
  const owner = `${ownerWords(seen)}${state === "suspended" ? ", which is suspended" : ""}`;
  const silentMs = now() - changedAt(path);
  if (silentMs >= patienceMs(seen, times)) {
    return { owner: `${owner}, silent for ${spanText(silentMs)}`, working: false };
  }
  return { owner: state === "alive" ? owner : `${owner}, heard of ${spanText(silentMs)} ago`, working: true };
}

function createLock(path: string, times: LockTimes): HeldLock | undefined {
  const token = crypto.randomUUID();
  const owner = identityOf(Deno.pid);
  const temporary = `${path}.${token}.tmp`;
  Deno.writeTextFileSync(temporary, lockText({ token, owner }, 0));
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
  const lost = new AbortController();
  const isHeld = (): boolean => {
    if (look(path)?.id !== token) lost.abort();
    return !lost.signal.aborted;
  };
  let beats = 0;
  const beat = setInterval(() => {
    try {
      if (!isHeld()) return;
      file.seekSync(0, Deno.SeekMode.Start);
      writeAll(file, new TextEncoder().encode(lockText({ token, owner }, ++beats)));
      file.syncDataSync(); // other machines see only what has reached the server
    } catch {
      // A beat that fails once is made up by the next; losing the lock costs work, not results.
    }
  }, times.heartbeatMs);
  Deno.unrefTimer(beat);
  return {
    lost: lost.signal,
    isHeld,
    release() {
      clearInterval(beat);
      file.close();
      if (isHeld()) removeOnce(path, token, 0);
    },
  };
}

function watchLock(path: string, times: LockTimes): LockWatch {
  return {
    async untilFree(signal) {
      let last: Sight | undefined;
      // Only what was watched counts: time in which this process was suspended says nothing of the other.
      let silentMs = 0;
      let lookedAt = performance.now();
      // Counts up when one who was about to remove the lock has died at that.
      let round = 0;
      for (let wait = Math.min(20, times.pollMs); !signal.aborted; wait = Math.min(wait * 2, times.pollMs)) {
        const seen = look(path);
        if (seen === undefined) return;
        if (seen.id !== last?.id) round = 0;
        const now = performance.now();
        silentMs = seen.raw === last?.raw ? silentMs + Math.min(now - lookedAt, 5 * times.pollMs) : 0;
        lookedAt = now;
        last = seen;
        const patience = patienceMs(seen, times);
        if (silentMs >= patience) {
          if (removeOnce(path, seen.id, round)) return;
          if (silentMs >= patience + (round + 1) * times.silentMs) round++;
        }
        await sleep(wait, signal);
      }
    },
  };
}

/** So long a lock must not change before it counts as left. */
function patienceMs(seen: Sight, { silentMs, unreadableMs }: LockTimes): number {
  if (seen.text === undefined) return unreadableMs;
  const state = stateOf(seen);
  return state === "gone" ? 0 : state === "alive" ? BUSY_TIMES * silentMs : silentMs;
}

/** Of the lock's owner; of one that cannot be read nothing is known. */
function stateOf({ text }: Sight): Liveness {
  return text === undefined ? "unknown" : liveness(text.owner);
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

/** `undefined`: there is no lock. It is opened anew each time, which makes network file systems ask the server. */
function look(path: string): Sight | undefined {
  try {
    // What waits for a writer would be waited for.
    if (!Deno.lstatSync(path).isFile) return sightOf("");
    using file = Deno.openSync(path, { read: true });
    const bytes = new Uint8Array(4096);
    const read = file.readSync(bytes) ?? 0;
    const raw = new TextDecoder().decode(bytes.subarray(0, read));
    return sightOf(raw);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** By the clock of whoever keeps the file. */
function changedAt(path: string): number {
  try {
    return Deno.lstatSync(path).mtime?.getTime() ?? 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
