/** Finds the logs of tasks by their names. */
import { namesIn } from "./atomic_io.ts";
import { fileSafe } from "./layout.ts";

/** Task -> path of the log of its last attempt; names that were too long for a file stay out. @param folder Of logs. */
export function newestLogs(folder: string): ReadonlyMap<string, string> {
  const newest = new Map<string, { readonly path: string; readonly time: number }>();
  for (const name of namesIn(folder)) {
    const safe = /^(.+)-[0-9a-f]{8}-\d+\.log$/.exec(name)?.[1];
    if (safe === undefined) continue;
    const task = decodeURIComponent(safe);
    const path = `${folder}/${name}`;
    const time = Deno.statSync(path).mtime?.getTime() ?? 0;
    if (fileSafe(task) === safe && time >= (newest.get(task)?.time ?? -1)) newest.set(task, { path, time });
  }
  return new Map([...newest].map(([task, { path }]) => [task, path]));
}
