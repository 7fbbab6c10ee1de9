/** Copies of the project's code in the store, so that jobs run what was submitted whatever is edited meanwhile. */
import { combineTree, fileDigest, listTree } from "../../engine/store/content_io.ts";
import { exists, moveTo, removeTree } from "../../engine/store/atomic_io.ts";
import { READABLE } from "../../engine/process/permissions.ts";
import type { Store } from "../../engine/store/store_io.ts";
import { SNAPSHOTS } from "./submission_io.ts";

/**
 * @param sources Files that stages consist of, relative to the project's root.
 * @returns Absolute path of a folder with these and all that jobs and stages may read; the same code is copied once.
 */
export async function snapshotCode(
  projectRoot: string,
  sources: Iterable<string>,
  store: Store,
): Promise<string> {
  const names = new Set([...READABLE, "deno.lock"].flatMap((name) => namesIn(projectRoot, name)));
  for (const name of sources) names.add(name);
  const hashed = [];
  for (const name of names) {
    const path = `${projectRoot}/${name}`;
    const { size } = Deno.statSync(path);
    hashed.push({ name, size, digest: await fileDigest(path, size) });
  }
  const target = `${store.folder(SNAPSHOTS)}/${combineTree(hashed)}`;
  if (exists(target)) {
    Deno.utimeSync(target, new Date(), new Date()); // wanted again, as the collector of garbage sees
    return target;
  }
  const staged = `${store.folder("staging")}/snapshot-${crypto.randomUUID().slice(0, 8)}`;
  try {
    for (const name of names) {
      Deno.mkdirSync(`${staged}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
      Deno.copyFileSync(`${projectRoot}/${name}`, `${staged}/${name}`);
    }
    Deno.mkdirSync(store.folder(SNAPSHOTS), { recursive: true });
    moveTo(staged, target);
  } catch (error) {
    // Somebody else may have placed the same copy meanwhile.
    if (!exists(target)) throw error;
  } finally {
    removeTree(staged);
  }
  return target;
}

function namesIn(root: string, name: string): readonly string[] {
  return Deno.statSync(`${root}/${name}`).isFile
    ? [name]
    : listTree(`${root}/${name}`, "inside").map((file) => `${name}/${file.name}`);
}
