/**
 * What file systems and operating systems differ in, each with what serves where it is missing: exFAT and FAT know no
 * links, modes or change times, Windows links only for whom it trusts and syncs no folders, only Linux has `sync -f`.
 */
import { statSync } from "node:fs";
import { dirname, posix, win32 } from "node:path";
import { type OperatingSystem, operatingSystem } from "../../../lib/base/operating_system_io.ts";

/** What the system is asked for; tests pass one that refuses. */
export interface SystemCalls {
  readonly os: OperatingSystem;
  chmod(path: string, mode: number): void;
  hardLink(from: string, to: string): void;
  rename(from: string, to: string): void;
  symlink(target: string, path: string, type: "file" | "dir" | "junction"): void;
  /** Brings a file's bytes, or a folder's list of names, to the disk. */
  sync(path: string): void;
  /** Brings all of the path's file system to the disk. @returns Whether it did. */
  syncFileSystem(path: string): Promise<boolean>;
}

export const SYSTEM: SystemCalls = Object.freeze({
  os: operatingSystem(),
  chmod: Deno.chmodSync,
  hardLink: Deno.linkSync,
  rename: Deno.renameSync,
  symlink: (target: string, path: string, type: "file" | "dir" | "junction") =>
    Deno.symlinkSync(target, path, { type }),
  sync(path: string) {
    using file = Deno.openSync(path, { read: true });
    file.syncSync();
  },
  async syncFileSystem(path: string) {
    try {
      return (await new Deno.Command("sync", { args: ["-f", path], stdout: "null", stderr: "null" }).output())
        .success;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  },
});

/** On Windows a virus scanner or indexer may hold a file for a moment; then a rename is tried again this long. */
const HELD_MS = 1_000;
const HELD_PAUSE_MS = 20;

/** Brings a file's bytes to the disk. */
export function syncFile(path: string, system: SystemCalls = SYSTEM): void {
  system.sync(path);
}

/** Brings a folder's list of names to the disk, where the system lets folders be synced. */
export function syncFolder(path: string, system: SystemCalls = SYSTEM): void {
  attempt(() => system.sync(path));
}

/** Brings all files under a folder to the disk: at once, or one after the other. */
export async function syncTree(folder: string, system: SystemCalls = SYSTEM): Promise<void> {
  if (system.os === "linux" && await system.syncFileSystem(folder)) return;
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) await syncTree(path, system);
    else if (entry.isFile) syncFile(path, system);
  }
  syncFolder(folder, system);
}

/** Sets permissions; where there are none, everything stays writable. */
export function setMode(path: string, mode: number, system: SystemCalls = SYSTEM): void {
  attempt(() => system.chmod(path, mode));
}

/** Renames; what is there already is replaced, whoever has it open. */
export function rename(from: string, to: string, system: SystemCalls = SYSTEM): void {
  for (let waited = 0;; waited += HELD_PAUSE_MS) {
    try {
      return system.rename(from, to);
    } catch (error) {
      const held = error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.Busy;
      if (system.os !== "windows" || !held || waited >= HELD_MS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HELD_PAUSE_MS);
    }
  }
}

/**
 * Gives a file a second name that nobody has; where there are no hard links, the name to a copy. A copy's bytes come a
 * moment after its name.
 *
 * @throws {Deno.errors.AlreadyExists} If there is something of that name.
 */
export function linkNew(from: string, to: string, system: SystemCalls = SYSTEM): void {
  if (attempt(() => system.hardLink(from, to))) return;
  using copy = Deno.openSync(to, { write: true, createNew: true });
  try {
    // Read once the name is taken: what it says is then true of `from` at a time when nobody else had the name.
    const bytes = Deno.readFileSync(from);
    for (let at = 0; at < bytes.length;) at += copy.writeSync(bytes.subarray(at));
    copy.syncSync();
  } catch (error) {
    Deno.removeSync(to);
    throw error;
  }
}

/**
 * Gives a file another name, if nobody has that.
 *
 * @throws {Deno.errors.AlreadyExists} If there is something of that name.
 */
export function moveNew(from: string, to: string, system: SystemCalls = SYSTEM): void {
  if (attempt(() => system.hardLink(from, to))) return Deno.removeSync(from);
  Deno.openSync(to, { write: true, createNew: true }).close();
  try {
    rename(from, to, system);
  } catch (error) {
    Deno.removeSync(to);
    throw error;
  }
}

/** How a name stands for something else; `none`: where there are no links, what is not there yet has no second name. */
export type Likeness = "link" | "copy" | "none";

/**
 * Lets `path` stand for a file or folder: a symbolic link, else a junction or hard link, else a copy.
 *
 * @param target As a symbolic link says it: absolute, or from the link's own folder.
 * @returns `copy`: it takes space, and later changes of the target do not show.
 * @throws {Deno.errors.AlreadyExists} If there is something of that name.
 */
export function linkOrCopy(target: string, path: string, system: SystemCalls = SYSTEM): Likeness {
  if (linkIfAny(target, path, system)) return "link";
  const whole = wholePath(target, path);
  const stat = statSync(whole, { throwIfNoEntry: false });
  if (stat === undefined) return "none";
  if (stat.isDirectory()) {
    copyFolder(Deno.realPathSync(whole), path);
    return "copy";
  }
  if (attempt(() => system.hardLink(whole, path))) return "link";
  copyNew(whole, path);
  return "copy";
}

/**
 * Lets `path` lead to a file or folder by a symbolic link or a junction.
 *
 * @param target As for {@link linkOrCopy}.
 * @returns Whether there are any here.
 * @throws {Deno.errors.AlreadyExists} If there is something of that name.
 */
export function linkIfAny(target: string, path: string, system: SystemCalls = SYSTEM): boolean {
  const whole = wholePath(target, path);
  const isFolder = statSync(whole, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (attempt(() => system.symlink(target, path, isFolder ? "dir" : "file"))) return true;
  return isFolder && system.os === "windows" &&
    attempt(() => system.symlink(Deno.realPathSync(whole), path, "junction"));
}

function wholePath(target: string, path: string): string {
  return posix.isAbsolute(target) || win32.isAbsolute(target) ? target : `${dirname(path)}/${target}`;
}

function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to);
  for (const entry of Deno.readDirSync(from)) {
    const [source, target] = [`${from}/${entry.name}`, `${to}/${entry.name}`];
    if (Deno.statSync(source).isDirectory) copyFolder(source, target);
    else copyNew(source, target);
  }
}

function copyNew(from: string, to: string): void {
  Deno.openSync(to, { write: true, createNew: true }).close();
  Deno.copyFileSync(from, to);
}

/** @returns Whether it could be done; what is refused for another reason than that there is no such thing is thrown. */
function attempt(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (isUnsupported(error)) return false;
    throw error;
  }
}

/**
 * The errors by which systems say that they cannot, or not for this user: EPERM, EXDEV, EINVAL, EMLINK, ENOSYS, ENOTSUP,
 * and of Windows: no such function, another drive, not supported, a right that the user does not have.
 */
function isUnsupported(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof Deno.errors.AlreadyExists) return false;
  if (error instanceof Deno.errors.PermissionDenied) return true;
  return /\(os error (?:1|17|18|22|31|38|45|50|78|95|1314)\)/.test(error.message);
}
