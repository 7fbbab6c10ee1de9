/**
 * Folders of links with readable names beside the store, so that people find tables, checkpoints and logs: one for each
 * result, named after what is in it, so that none is changed by another command. The store stays the only owner:
 * removing them loses nothing, and where they cannot be made nothing else is hindered.
 */
import { basename, dirname, relative } from "node:path";
import { sha256Json } from "../../../lib/base/digest.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { explainSystemError } from "../../../lib/base/system_error_io.ts";
import { exists, removeTree, temporaryName } from "../../engine/store/atomic_io.ts";
import { linkIfAny, linkOrCopy, rename } from "../../engine/store/file_system_io.ts";
import type { Store } from "../../engine/store/store_io.ts";
import type { Receipt } from "../../engine/types.ts";
import type { Project } from "./project_io.ts";
import { warn } from "./project_store_io.ts";

/** A task's outputs and log. */
export interface Linked {
  readonly receipt: Receipt;
  /** Below the result's folder: empty, or a name and a slash. */
  readonly under: string;
}

/** Beside all results of `<name>`, the one that was shown last. */
export const LATEST = "latest";

/** Another process may remove a folder that is as yet empty. */
const TRIES = 5;

/** Where results of this name are: `data/results/kws`. */
export function resultsFolder(
  project: Project,
  storeFlag: string | undefined,
  store: Store,
  name: string,
): string {
  const base = storeFlag === undefined ? `${project.root}/data/results` : store.folder("results");
  return `${base}/${name}`;
}

/**
 * Links `<folder>/<date>-<id>/results.csv`, `.../<run>/best.safetensors`, ..., and the folder as `<folder>/latest`.
 * Folders whose results have all been removed from the store go.
 *
 * @param folder As {@link resultsFolder} gives it.
 * @param shown At least one task; their outputs decide the folder's name.
 * @param besides What is made from them.
 * @returns The result's own folder; undefined after a warning: it could not be made.
 */
export function linkResults(
  folder: string,
  store: Store,
  shown: readonly Linked[],
  besides: readonly Linked[] = [],
): string | undefined {
  const own = `${folder}/${folderName(shown)}`;
  const isLinked = linkChecker();
  const linked = tolerated(`link results in ${own}`, () => {
    for (const { receipt, under } of [...shown, ...besides]) {
      for (const [name, output] of Object.entries(receipt.outputs)) {
        const [path, target] = [`${own}/${under}${name}`, store.objectPath(output, name)];
        if (!isLinked(path, target)) link(path, target);
      }
      // What another machine made left its log there.
      const log = store.logPath(receipt);
      const path = `${own}/${under}${receipt.task.split("/")[0]}.log`;
      if (receipt.log !== "" && exists(log) && !isLinked(path, log)) link(path, log);
    }
  });
  if (!linked) return undefined;
  // Not as a copy, which would have to be replaced whole.
  tolerated(`link ${folder}/${LATEST}`, () => link(`${folder}/${LATEST}`, Deno.realPathSync(own), false));
  tolerated(`tidy up ${folder}`, () => removeDead(folder, basename(own)));
  return own;
}

/** Where people find an output: linked, or in the store. @param folder As {@link linkResults} gives it. */
export async function placeOf(
  folder: string | undefined,
  store: Store,
  { outputs }: Receipt,
  name: string,
): Promise<string> {
  return folder === undefined ? await store.soundPath(outputs[name]!, name) : `${folder}/${name}`;
}

function folderName(shown: readonly Linked[]): string {
  const digests = shown.flatMap(({ receipt: { outputs }, under }) =>
    Object.entries(outputs).map(([name, { digest }]) => [under + name, digest])
  );
  return `${shown[0]!.receipt.startedAt.slice(0, 10)}-${sha256Json(digests).slice(0, 8)}`;
}

/** A result is no less one for want of its links. @returns Whether it went well; if not, there was a warning. */
function tolerated(doing: string, action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    const explained = explainSystemError(error, doing);
    if (explained instanceof UserError) warn(explained.message);
    else if (error instanceof Error && "code" in error) warn(`Cannot ${doing}: ${error.message}.`);
    else throw error;
    return false;
  }
}

/** Whether a path is the very link that would be made, as most are that a command finds when it shows a result again. */
function linkChecker(): (path: string, target: string) => boolean {
  const folders = new Map<string, string>();
  return (path, target) => {
    try {
      const folder = dirname(path);
      const real = folders.get(folder) ?? Deno.realPathSync(folder);
      folders.set(folder, real);
      return Deno.readLinkSync(path) === relative(real, target);
    } catch {
      return false; // whoever makes it finds out why
    }
  };
}

/** @param target Absolute, without symbolic links. @param copied Where there are no links, a copy will do. */
function link(path: string, target: string, copied = true): void {
  for (let attempt = 1;; attempt++) {
    try {
      Deno.mkdirSync(dirname(path), { recursive: true });
      return replaceLink(path, target, copied);
    } catch (error) {
      const code = (error as { readonly code?: string }).code;
      if (code === "EEXIST" || code === "ENOTDIR") throw inTheWay(dirname(path));
      if (code !== "ENOENT" || attempt === TRIES) throw error;
    }
  }
}

/** By a rename, so that others find the old link or the new one. */
function replaceLink(path: string, target: string, copied: boolean): void {
  const text = relative(Deno.realPathSync(dirname(path)), target);
  const found = infoOf(path);
  if (found?.isSymlink === true && Deno.readLinkSync(path) === text) return;
  if (found?.isSymlink === false) {
    if (copied && isLikeness(found, target)) return;
    throw inTheWay(path);
  }
  const temporary = temporaryName(path);
  try {
    if (copied) linkOrCopy(text, temporary);
    else if (!linkIfAny(text, temporary)) return;
    rename(temporary, path);
  } catch (error) {
    removeTree(temporary);
    throw error;
  }
}

/** Where there are no links, what stands for a file or folder is as large, or a folder too. */
function isLikeness(found: Deno.FileInfo, target: string): boolean {
  const wanted = Deno.statSync(target);
  return found.isFile ? wanted.isFile && found.size === wanted.size : wanted.isDirectory;
}

function infoOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function inTheWay(path: string): UserError {
  return new UserError(
    "usage",
    `Cannot link results at ${path}: something else is there. Move it away, and the same command links them again; ` +
      `the results themselves are in the store.`,
  );
}

/** Removes links and folders that lead to nothing any more; never a file that somebody put there. */
function removeDead(folder: string, kept: string): void {
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (name !== kept && !isFile && !leadsSomewhere(path)) removeTree(path);
  }
}

function leadsSomewhere(path: string): boolean {
  try {
    if (!Deno.lstatSync(path).isDirectory) return Deno.statSync(path) !== undefined;
    // Logs may outlive what they tell of.
    return [...Deno.readDirSync(path)].some(({ name, isSymlink }) =>
      !(isSymlink && name.endsWith(".log")) && leadsSomewhere(`${path}/${name}`)
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
