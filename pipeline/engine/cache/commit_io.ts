/** Brings what a stage wrote into the store: check, hash, protect, rename. */
import { dirname } from "node:path";
import { exists, moveTo, temporaryName } from "../store/atomic_io.ts";
import { contentOf } from "../store/content_io.ts";
import { rename, setMode, syncFile, syncFolder, syncTree } from "../store/file_system_io.ts";
import { objectName } from "../store/layout.ts";
import type { StoredOutput } from "../types.ts";

export type Outputs = Readonly<Record<string, StoredOutput>>;

/** Trees with more files are brought to the disk by one call for the whole file system instead of one a file. */
const MOST_SINGLE_SYNCS = 64;

/** @throws {Error} If a declared output is missing or something else was written. */
export async function hashOutputs(
  outDir: string,
  declared: readonly string[],
  task: string,
): Promise<Outputs> {
  const written = [...Deno.readDirSync(outDir)].map((entry) => entry.name);
  const missing = declared.filter((name) => !written.includes(name));
  const extra = written.filter((name) => !declared.includes(name)).sort();
  if (missing.length > 0) throw new Error(`Task ${task} ended without writing ${missing.join(", ")}`);
  if (extra.length > 0) {
    throw new Error(
      `Task ${task} wrote ${extra.join(", ")}, which it does not declare; it declares ${declared.join(", ")}`,
    );
  }
  const outputs: [string, StoredOutput][] = [];
  for (const name of [...declared].sort()) {
    outputs.push([name, await contentOf(`${outDir}/${name}`, "refuse")]);
  }
  return Object.fromEntries(outputs);
}

/** Whether two runs wrote the same bytes. */
export function sameOutputs(a: Outputs, b: Outputs): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length &&
    names.every((name) => a[name]!.digest === b[name]?.digest && a[name]!.kind === b[name].kind);
}

/**
 * Moves each output to its place among the objects, read-only. One that is there already stays if its bytes are
 * what its name says; else it is replaced.
 *
 * @param staging Folder on the same file system, for what is moved out of the way.
 */
export async function placeObjects(
  root: string,
  staging: string,
  outDir: string,
  outputs: Outputs,
): Promise<void> {
  for (const [name, output] of Object.entries(outputs)) {
    const target = `${root}/${objectName(output, name)}`;
    if (await keepExisting(target, output, staging)) continue;
    await moveIn(`${outDir}/${name}`, target, output);
  }
}

async function keepExisting(target: string, output: StoredOutput, staging: string): Promise<boolean> {
  try {
    const found = await contentOf(target, "refuse");
    // As it is, times included: who watches it sees no change, and the collector keeps what uses name.
    if (found.digest === output.digest && found.kind === output.kind) return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    // Whatever else stands in the way of reading it, the new bytes are good and take its place.
  }
  if (output.kind === "tree") setMode(target, 0o755);
  rename(target, temporaryName(`${staging}/damaged`));
  return false;
}

async function moveIn(staged: string, target: string, output: StoredOutput): Promise<void> {
  const parent = dirname(target);
  Deno.mkdirSync(parent, { recursive: true });
  await toDisk(staged, output);
  try {
    moveTo(staged, target);
  } catch (error) {
    // Somebody else placed the same folder meanwhile: its bytes are the same, having the same name.
    if (output.kind === "tree" && exists(target)) return;
    throw error;
  }
  // A folder can be moved only while it is writable, so its own turn comes after the move.
  if (output.kind === "tree") setMode(target, 0o555);
  syncFolder(parent);
}

async function toDisk(path: string, output: StoredOutput): Promise<void> {
  const single = output.files <= MOST_SINGLE_SYNCS;
  protect(path, single, true);
  if (!single) await syncTree(path);
}

function protect(path: string, sync: boolean, top: boolean): void {
  if (!Deno.lstatSync(path).isDirectory) {
    if (sync) syncFile(path);
    setMode(path, 0o444);
    return;
  }
  for (const entry of Deno.readDirSync(path)) protect(`${path}/${entry.name}`, sync, false);
  if (!top) setMode(path, 0o555);
}
