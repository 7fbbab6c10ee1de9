/** Finds the logs of tasks by their names. */
import { taskOfLog } from "../attempt_log_io.ts";
import { namesIn } from "./atomic_io.ts";
import { attemptOf, fileSafe } from "./layout.ts";

/** Task -> path of the log of its last attempt, the oldest log first. @param folder Of logs. */
export function newestLogs(folder: string): ReadonlyMap<string, string> {
  const newest = new Map<string, { readonly path: string; readonly time: number }>();
  for (const name of namesIn(folder)) {
    const safe = attemptOf(name)?.safe;
    if (safe === undefined) continue;
    const path = `${folder}/${name}`;
    const { isFile, mtime } = Deno.lstatSync(path);
    if (!isFile) continue;
    const time = mtime?.getTime() ?? 0;
    // A name that was too long for a file is in the log itself.
    const decoded = decodedName(safe);
    const task = decoded !== undefined && fileSafe(decoded) === safe ? decoded : taskOfLog(path);
    if (task !== undefined && time >= (newest.get(task)?.time ?? -1)) newest.set(task, { path, time });
  }
  const inOrder = [...newest].toSorted(([, a], [, b]) => a.time - b.time);
  return new Map(inOrder.map(([task, { path }]) => [task, path]));
}

function decodedName(safe: string): string | undefined {
  try {
    return decodeURIComponent(safe);
  } catch {
    return undefined; // cut within a letter
  }
}
