/**
 * Where data sets of trainings are on this machine: what no checkpoint tells, for whoever uses one here again. It is kept
 * beside results, in no receipt, so that no cache elsewhere ever gets it.
 */
import { z } from "zod";
import { exists, writeAtomically } from "../engine/store/atomic_io.ts";
import type { Store } from "../engine/store/store_io.ts";

/** Keys of the data set's group -> absolute paths: `root`. */
export type DataPaths = Readonly<Record<string, string>>;

/** Those that are there still, and those that are not. */
export type KnownDataPaths = Readonly<Record<"there" | "gone", DataPaths>>;

const schema = z.record(z.string(), z.string());

/** @param examples What names a data set: a checkpoint's `examplesSha256`. Not to know is no fault: then it is typed. */
export function noteDataPaths(store: Store, examples: string, paths: DataPaths): void {
  const text = JSON.stringify(paths);
  const path = noteOf(store, examples);
  if (readNote(path) === text) return;
  try {
    Deno.mkdirSync(store.folder(FOLDER), { recursive: true });
    writeAtomically(path, text, { sync: false });
  } catch (error) {
    store.warn(`Cannot note down where recordings are: ${(error as Error).message}`);
  }
}

/** Those of the last training here that had these examples. */
export function knownDataPaths(store: Store, examples: string): KnownDataPaths {
  const found = schema.safeParse(parsed(readNote(noteOf(store, examples))));
  const { there = [], gone = [] } = Object.groupBy(
    Object.entries(found.success ? found.data : {}),
    ([, path]) => exists(path) ? "there" : "gone",
  );
  return { there: Object.fromEntries(there), gone: Object.fromEntries(gone) };
}

const FOLDER = "data-paths";

function noteOf(store: Store, examples: string): string {
  return `${store.folder(FOLDER)}/${examples}.json`;
}

function readNote(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined; // as everywhere, a record that cannot be read counts as absent
  }
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}
