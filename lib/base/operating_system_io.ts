/** What this runs on. Whoever acts by it takes it as an argument, so that tests can act for another system. */
import { posix, win32 } from "node:path";

export type OperatingSystem = typeof Deno.build.os;

export function operatingSystem(): OperatingSystem {
  return Deno.build.os;
}

/**
 * A path relative to a folder, its parts joined by "/" on every system.
 *
 * @param folder Absolute.
 * @param path Absolute, or relative to the folder.
 * @returns Nothing if it leads outside.
 */
export function pathWithin(folder: string, path: string, os = operatingSystem()): string | undefined {
  const { isAbsolute, relative, resolve, sep } = os === "windows" ? win32 : posix;
  const inner = relative(folder, resolve(folder, path));
  if (isAbsolute(inner) || inner === ".." || inner.startsWith(`..${sep}`)) return undefined;
  return inner.replaceAll(sep, "/");
}
