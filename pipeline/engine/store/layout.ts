/** Names of everything in a store, relative to its root. One place knows them; readers of the store rely on them. */
import { sha256 } from "../../../lib/base/digest.ts";
import type { StoredOutput, TaskKey } from "../types.ts";

/** Folders of a store; each is created when the store is. */
export const STORE_FOLDERS = [
  "objects",
  "receipts",
  "away",
  "code",
  "last",
  "failures",
  "drift",
  "staging",
  "partial",
  "beginnings",
  "locks",
  "logs",
  "stat-cache",
  "uses",
] as const;

export const FORMAT_FILE = "format.json";

/** `objects/<aa>/<digest><ext>` for a file, with the extension of the output's name in lower case, `....tree` for a folder. */
export function objectName(output: Pick<StoredOutput, "kind" | "digest">, outputName: string): string {
  const extension = output.kind === "tree" ? ".tree" : extensionOf(outputName);
  return `objects/${output.digest.slice(0, 2)}/${output.digest}${extension}`;
}

export function receiptName(key: TaskKey): string {
  return `receipts/${key.slice(0, 2)}/${key}.json`;
}

/** What is known of a result whose outputs, or some of them, are in a shared cache and not here. */
export function awayName(key: TaskKey): string {
  return `away/${key}.json`;
}

/** @param digest Of a code manifest. */
export function manifestName(digest: string): string {
  return `code/${digest}.json`;
}

export function lastName(task: string): string {
  return `last/${fileSafe(task)}.json`;
}

export function failureName(key: TaskKey): string {
  return `failures/${key}.json`;
}

export function lockName(key: TaskKey): string {
  return `locks/${key}.lock`;
}

export function partialName(key: TaskKey): string {
  return `partial/${key}`;
}

/** @param course Digest of what tasks have in common that only go less or more far. */
export function beginningFolder(course: string): string {
  return `beginnings/${course.slice(0, 2)}`;
}

/** Says that the task of this key has begun. */
export function beginningName(course: string, key: TaskKey): string {
  return `${beginningFolder(course)}/${course}-${key}.json`;
}

/** @param time ISO 8601; colons are replaced, since some file systems refuse them. */
export function driftName(key: TaskKey, time: string): string {
  return `drift/${key}-${time.replaceAll(":", "-")}.json`;
}

export function logName(task: string, key: TaskKey, attempt: number): string {
  return `logs/${fileSafe(task)}-${key.slice(0, 8)}-${attempt}.log`;
}

/** What the name of a log's file tells: the task's name as a file has it, how the key begins, and the attempt. */
export function attemptOf(
  file: string,
): { readonly safe: string; readonly keyStart: string; readonly attempt: number } | undefined {
  const [, safe, keyStart, attempt] = /^(.+)-([0-9a-f]{8})-(\d+)\.log$/.exec(file) ?? [];
  return safe === undefined ? undefined : { safe, keyStart: keyStart!, attempt: Number(attempt) };
}

/**
 * One path component for a task's name: `train/linear-A` becomes `train%2Flinear-%41`. Different names stay different,
 * on file systems too for which letters of either case are the same.
 */
export function fileSafe(task: string): string {
  const safe = task.replace(
    /[^a-z0-9._=+-]/g,
    (character) =>
      [...new TextEncoder().encode(character)].map((byte) =>
        `%${byte.toString(16).padStart(2, "0").toUpperCase()}`
      ).join(""),
  );
  // File names end at 255 bytes; room is left for a key and an extension.
  return safe.length <= 180 ? safe : `${safe.slice(0, 160)}-${sha256(task).slice(0, 16)}`;
}

function extensionOf(name: string): string {
  return /.(\.[A-Za-z0-9]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
}
