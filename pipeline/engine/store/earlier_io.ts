/**
 * What tasks left to go on from that differ from one another only in how far they go, as trainings of 10 and of 20
 * epochs. Each notes down its key when it begins, under what all of them have in common; so whoever goes farther finds
 * the others without a look at every receipt. A note that is missing costs time and nothing else.
 */
import { dirname } from "node:path";
import { sha256Json } from "../../../lib/base/digest.ts";
import type { EarlierWork } from "../stage.ts";
import { taskKey } from "../fingerprint.ts";
import type { Fingerprint, TaskKey, TaskSpec } from "../types.ts";
import { namesIn, writeAtomically } from "./atomic_io.ts";
import { beginningFolder, beginningName, partialName } from "./layout.ts";
import type { Store } from "./store_io.ts";

type GoingOn = Pick<TaskSpec, "name" | "goesOn">;

/** Notes down that a task has begun. What cannot be written is no loss for this task. */
export function noteBeginning(store: Store, spec: GoingOn, fingerprint: Fingerprint): void {
  const course = courseOf(spec, fingerprint);
  if (course === undefined) return;
  const path = store.folder(beginningName(course, taskKey(fingerprint)));
  try {
    Deno.mkdirSync(dirname(path), { recursive: true });
    writeAtomically(path, JSON.stringify({ task: spec.name }), { sync: false });
  } catch (error) {
    store.warn(`Cannot note down that ${spec.name} has begun: ${(error as Error).message}`);
  }
}

/**
 * Files that other tasks alike left: the outputs of those that ended, as far as they are what their receipts say, and
 * what attempts that were stopped wrote so far. None are looked for elsewhere than in this store.
 */
export async function earlierWork(
  store: Store,
  spec: GoingOn,
  fingerprint: Fingerprint,
): Promise<EarlierWork[]> {
  const course = courseOf(spec, fingerprint);
  if (course === undefined || !store.exists) return [];
  const own = taskKey(fingerprint);
  const found: EarlierWork[] = [];
  for (const { key, path } of notesOf(store, course)) {
    if (key === own) continue;
    const { output } = spec.goesOn!;
    const ended = await endedWork(store, key, output);
    if (ended !== undefined) found.push(ended);
    else found.push(...stoppedWork(store, key, output, taskIn(path)));
  }
  return found;
}

async function endedWork(store: Store, key: TaskKey, name: string): Promise<EarlierWork | undefined> {
  const receipt = store.local.receipt(key);
  const output = receipt?.outputs[name];
  if (receipt === undefined || output === undefined) return undefined;
  const reading = await store.local.read(output, name);
  if (reading.kind !== "sound") return undefined;
  const { task, environment } = receipt;
  return { path: reading.path, task, ...(environment === undefined ? {} : { environment }) };
}

/** An attempt under way replaces its file as a whole, and may move it away at any time. */
export function stoppedWork(store: Store, key: TaskKey, name: string, task: string): EarlierWork[] {
  const folder = store.folder(partialName(key));
  return namesIn(folder).map((attempt) => `${folder}/${attempt}/${name}`).filter(isFile)
    .map((path) => ({ path, task }));
}

function courseOf({ goesOn }: GoingOn, { format, stage, code, inputs }: Fingerprint): string | undefined {
  if (goesOn === undefined) return undefined;
  return sha256Json({ format, stage, code: code.digest, slice: goesOn.shared, inputs });
}

function notesOf(store: Store, course: string): readonly { readonly key: TaskKey; readonly path: string }[] {
  const folder = store.folder(beginningFolder(course));
  return namesIn(folder).filter((name) => name.startsWith(`${course}-`) && name.endsWith(".json")).sort()
    .map((name) => ({
      key: name.slice(course.length + 1, -".json".length) as TaskKey,
      path: `${folder}/${name}`,
    }));
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false; // moved away, or nothing was written yet
  }
}

/** As everywhere, a record that cannot be read counts as absent. */
function taskIn(path: string): string {
  try {
    return String(JSON.parse(Deno.readTextFileSync(path)).task);
  } catch {
    return "another task";
  }
}
