/** What a task that never ran can be compared with. */
import type { Receipt } from "../types.ts";
import { namesIn } from "./atomic_io.ts";
import { fileSafe } from "./layout.ts";
import type { Store } from "./store_io.ts";

/** The last receipt of the tasks whose names are `alike`, or go on behind it with a hyphen. */
export function lastAlike(store: Store, alike: string | undefined): Receipt | undefined {
  if (alike === undefined || !store.exists) return undefined;
  const [safe, folder] = [fileSafe(alike), store.folder("last")];
  let newest: { readonly path: string; readonly time: number } | undefined;
  for (const name of namesIn(folder)) {
    if (name !== `${safe}.json` && !name.startsWith(`${safe}-`)) continue;
    const path = `${folder}/${name}`;
    const time = timeOf(path);
    if (time > (newest?.time ?? -Infinity)) newest = { path, time };
  }
  return newest === undefined ? undefined : store.lastReceipt(taskIn(newest.path));
}

function timeOf(path: string): number {
  try {
    return Deno.statSync(path).mtime?.getTime() ?? 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return -Infinity; // another process has just written it anew
    throw error;
  }
}

/** As everywhere, a record that cannot be read counts as absent. */
function taskIn(path: string): string {
  try {
    return String(JSON.parse(Deno.readTextFileSync(path)).task);
  } catch {
    return "";
  }
}
