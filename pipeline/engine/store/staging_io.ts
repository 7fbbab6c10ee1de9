/**
 * The folders of one attempt. Each attempt has its own, and whoever takes over moves those of others away first: a
 * process that was suspended meanwhile finds nothing any more that it could write to or make a result of.
 */
import { moveTo, removeAtOnce, removeTree } from "./atomic_io.ts";
import { partialName } from "./layout.ts";
import { identityOf } from "./process_io.ts";
import type { TaskKey } from "../types.ts";

export interface Staging {
  readonly folder: string;
  /** What the stage makes. */
  readonly outDir: string;
  /** What an attempt under the same key may go on from: its predecessor's at the beginning. */
  readonly partialDir: string;
}

/** What an attempt that ended in order leaves, below the folder of its key. */
const LEFT = "left";

/** @param root Of the store. The caller has looked that it holds the key's lock: others of the key are over. */
export function openStaging(root: string, key: TaskKey): Staging {
  const id = crypto.randomUUID().slice(0, 8);
  const prefix = `${key.slice(0, 16)}-`;
  for (const { name } of Deno.readDirSync(`${root}/staging`)) {
    if (name.startsWith(prefix)) removeAtOnce(root, `${root}/staging/${name}`);
  }
  const folder = `${root}/staging/${prefix}${id}`;
  Deno.mkdirSync(`${folder}/out`, { recursive: true });
  Deno.writeTextFileSync(`${folder}/owner.json`, JSON.stringify(identityOf(Deno.pid)));
  const partialDir = `${root}/${partialName(key)}/${id}`;
  Deno.mkdirSync(partialDir, { recursive: true });
  for (const entry of Deno.readDirSync(`${root}/${partialName(key)}`)) {
    const path = `${root}/${partialName(key)}/${entry.name}`;
    if (path === partialDir) continue;
    if (!entry.isDirectory) removeTree(path);
    else if (entry.name === LEFT) move(path, partialDir);
    else copy(path, partialDir);
  }
  return { folder, outDir: `${folder}/out`, partialDir };
}

/** What was not made a result of stays for the next attempt. */
export function closeStaging({ folder, partialDir }: Staging): void {
  const parent = partialDir.slice(0, partialDir.lastIndexOf("/"));
  if (!removeEmpty(partialDir)) {
    removeTree(`${parent}/${LEFT}`);
    move(partialDir, `${parent}/${LEFT}`);
  }
  removeEmpty(parent);
  removeTree(folder);
}

/** Files are copied: whoever did not end in order may have them open. */
function copy(from: string, to: string): void {
  const taken = `${to}-taken`;
  moveTo(from, taken);
  for (const { name, isFile } of Deno.readDirSync(taken)) {
    if (isFile) Deno.copyFileSync(`${taken}/${name}`, `${to}/${name}`);
  }
  removeTree(taken);
}

/** @param to An empty folder, or none. */
function move(from: string, to: string): void {
  removeEmpty(to);
  try {
    moveTo(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // somebody has taken over
  }
}

/** @returns Whether it is gone; `false`: there is something in it. */
function removeEmpty(folder: string): boolean {
  try {
    Deno.removeSync(folder);
    return true;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}
