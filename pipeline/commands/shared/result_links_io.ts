/**
 * A folder of links with readable names beside the store, so that people find tables, checkpoints and logs. The store
 * stays the only owner: removing the folder loses nothing.
 */
import { dirname, relative } from "node:path";
import type { Store } from "../../engine/store/store_io.ts";
import type { Receipt } from "../../engine/types.ts";
import type { RunGraph } from "../../graph/runs.ts";
import type { Project } from "./project_io.ts";

/** Beside the store: `data/results/kws`. */
export function resultsFolder(
  project: Project,
  storeFlag: string | undefined,
  store: Store,
  name: string,
): string {
  const base = storeFlag === undefined ? `${project.root}/data/results` : store.folder("results");
  return `${base}/${name}`;
}

/** Links `<folder>/results.csv`, `<folder>/<run>/best.safetensors`, ... to what the receipts name; old links go. */
export function linkResults(
  folder: string,
  built: RunGraph,
  receipt: (task: string) => Receipt | undefined,
  store: Store,
): void {
  const ofRuns = built.runs.flatMap(({ description, train, evaluate, tensorboard }) =>
    [train, evaluate, tensorboard].map((task) => ({ task, under: `${description.run}/` }))
  );
  const ofAll = [built.aggregate, built.report, built.png].filter((task) => task !== undefined)
    .map((task) => ({ task, under: "" }));
  linkTasks(folder, [...ofAll, ...ofRuns], receipt, store);
}

/** Links outputs and log of each task to `<folder>/<under>`; old links in the folder go. */
export function linkTasks(
  folder: string,
  tasks: readonly { readonly task: string; readonly under: string }[],
  receipt: (task: string) => Receipt | undefined,
  store: Store,
): void {
  /** Name below the folder -> what the link says. */
  const wanted = new Map<string, string>();
  for (const { task, under } of tasks) {
    const found = receipt(task);
    if (found === undefined) continue;
    const to = (path: string): string => relative(`${folder}/${under}`, path);
    for (const [name, output] of Object.entries(found.outputs)) {
      wanted.set(under + name, to(store.objectPath(output, name)));
    }
    wanted.set(`${under}${task.split("/")[0]}.log`, to(store.logPath(found)));
  }
  for (const [name, text] of wanted) link(`${folder}/${name}`, text);
  removeOthers(folder, new Set(wanted.keys()), "");
}

function link(path: string, text: string): void {
  try {
    if (Deno.readLinkSync(path) === text) return;
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  Deno.mkdirSync(dirname(path), { recursive: true });
  Deno.symlinkSync(text, path);
}

/** Removes links that are not wanted any more; never a file that somebody put there. */
function removeOthers(folder: string, wanted: ReadonlySet<string>, under: string): void {
  for (const entry of Deno.readDirSync(`${folder}/${under}`)) {
    const name = under + entry.name;
    if (entry.isSymlink && !wanted.has(name)) Deno.removeSync(`${folder}/${name}`);
    if (entry.isDirectory) removeOthers(folder, wanted, `${name}/`);
  }
}
