/** Files that appear whole or not at all, and the removal of read-only trees. */
import { rename, setMode } from "./file_system_io.ts";

/**
 * Writes a file beside its place, or beside another one of the same file system, and renames it.
 *
 * @param options `sync`: the bytes are on the disk before the name is.
 */
export function writeAtomically(
  path: string,
  text: string,
  options: { readonly sync: boolean; readonly mode?: number; readonly beside?: string },
): void {
  const temporary = temporaryName(options.beside ?? path);
  try {
    using file = Deno.openSync(temporary, { write: true, createNew: true, mode: options.mode ?? 0o666 });
    writeAll(file, new TextEncoder().encode(text));
    if (options.sync) file.syncSync();
    moveTo(temporary, path);
  } catch (error) {
    removeTree(temporary);
    throw error;
  }
}

/**
 * Renames what only this process knows of. A network file server that is asked twice, because its first answer was
 * lost, says that there is nothing to rename.
 */
export function moveTo(from: string, to: string): void {
  try {
    rename(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) || exists(from) || !exists(to)) throw error;
  }
}

/** Whether there is anything of this name. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Says when a file was last used. @param ms Since 1970. What cannot be noted, as on another's file, is passed over. */
export function setTime(path: string, ms: number): void {
  try {
    Deno.utimeSync(path, new Date(ms), new Date(ms));
  } catch {
    // Its own time then says when it was made.
  }
}

/** Names in a folder, sorted; none if there is none. */
export function namesIn(folder: string): readonly string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** A name beside `path` that nobody else uses. */
export function temporaryName(path: string): string {
  return `${path}.${Deno.pid}-${crypto.randomUUID().slice(0, 8)}.tmp`;
}

/** Writes all bytes; a write may take only some. */
export function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

/** Removes a file or folder, read-only or not; nothing there is fine. */
export function removeTree(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    makeWritable(path);
    Deno.removeSync(path, { recursive: true });
  }
}

/**
 * Removes an object from a store. It vanishes whole: a folder half removed must not stand under its digest.
 *
 * @param root Of the store.
 */
export function removeAtOnce(root: string, path: string): void {
  const aside = `${root}/staging/removed-${crypto.randomUUID().slice(0, 8)}`;
  try {
    if (Deno.lstatSync(path).isDirectory) setMode(path, 0o755);
    rename(path, aside);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  removeTree(aside);
}

/** A folder's entries can be removed only if it is writable; files must be so on Windows. */
function makeWritable(path: string): void {
  const { isDirectory, isFile } = Deno.lstatSync(path);
  if (isFile) setMode(path, 0o644);
  if (!isDirectory) return;
  setMode(path, 0o755);
  for (const entry of Deno.readDirSync(path)) makeWritable(`${path}/${entry.name}`);
}
