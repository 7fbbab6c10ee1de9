/** Names of all tasks that a store has ever finished, without reading their receipts. */

import { namesIn } from "./atomic_io.ts";

/** Sorted; none if there is no store in `root`. */
export function taskNames(root: string): string[] {
  return namesIn(`${root}/last`).flatMap((name) => nameOf(`${root}/last/${name}`)).sort();
}

function nameOf(path: string): string[] {
  try {
    const { task } = JSON.parse(Deno.readTextFileSync(path)) as { task: unknown };
    return typeof task === "string" ? [task] : [];
  } catch {
    return []; // as everywhere, a record that cannot be read counts as absent
  }
}
