/** What a lock's file says: a line that never changes, and a heartbeat. Pure. */
import { sha256 } from "../../../lib/base/digest.ts";
import type { ProcessIdentity } from "./process_io.ts";

export interface LockText {
  readonly token: string;
  readonly owner: ProcessIdentity;
}

/** What was seen of a lock. */
export interface Sight {
  /** The whole text, with the heartbeat. */
  readonly raw: string;
  /** The same as long as it is the same lock. */
  readonly id: string;
  /** None if the text cannot be read. */
  readonly text: LockText | undefined;
}

export function lockText({ token, owner }: LockText, beats: number): string {
  return `${JSON.stringify({ token, owner })}\n${`${beats}`.padStart(12)}\n`;
}

export function sightOf(raw: string): Sight {
  const text = parse(raw);
  return { raw, id: text?.token ?? `unreadable-${sha256(raw).slice(0, 16)}`, text };
}

export function ownerWords({ text }: Sight): string {
  return text === undefined ? "an unreadable lock" : `process ${text.owner.pid} on ${text.owner.host}`;
}

/** `45 s`, `12 min`, `31 h`. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** Whoever can write to the store can write a lock: nothing of it is taken that no lock of ours has. */
function parse(raw: string): LockText | undefined {
  let value: unknown;
  try {
    value = JSON.parse(raw.split("\n", 1)[0]!);
  } catch {
    return undefined;
  }
  const { token, owner } = Object(value);
  if (typeof token !== "string" || !/^[\w-]{1,64}$/.test(token)) return undefined;
  const { pid, host, boot, pidSpace, started } = Object(owner);
  const sound = Number.isSafeInteger(pid) && pid > 0 && /^[\w.-]{1,255}$/.test(String(host)) &&
    [host, boot, pidSpace, started].every((word) => typeof word === "string");
  return sound ? { token, owner: { host, boot, pidSpace, pid, started } } : undefined;
}
