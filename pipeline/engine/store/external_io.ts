/** The contents of the user's own files and folders, which tasks read as inputs. */
import { statSync } from "node:fs";
import { UserError } from "../../../lib/base/errors.ts";
import { breathe, combineTree, fileDigest, listTree, type TreeFile } from "./content_io.ts";
import { StatCache, type StatCacheOptions } from "./stat_cache_io.ts";
import type { ContentDigest } from "../types.ts";

/**
 * The digest of an external file or folder.
 *
 * @throws {UserError} If there is nothing at `path` or the folder holds what `listTree` refuses.
 */
export async function externalDigest(path: string, options?: StatCacheOptions): Promise<ContentDigest> {
  const files = listExternal(path);
  const cache = new StatCache<ContentDigest>(path, options);
  const hashed = [];
  let read = 0;
  for (const file of files.list) {
    const known = cache.of(file.name, file);
    const digest = known.value ?? await fileDigest(file.path, file.size);
    if (known.value === undefined) {
      known.keep(digest);
      await breathe(++read);
    }
    hashed.push({ name: file.name, size: file.size, digest });
  }
  cache.save({ onlyAsked: true });
  return files.whole ? hashed[0]!.digest : combineTree(hashed);
}

/** `whole`: the path is itself a file. */
function listExternal(path: string): { readonly whole: boolean; readonly list: readonly TreeFile[] } {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) {
    throw new UserError(
      "bad-dataset",
      `Cannot read ${path}: there is no such file or folder. Check the path in the configuration.`,
    );
  }
  if (!stat.isFile()) return { whole: false, list: listTree(path, "own") };
  const { mtimeNs, ctimeNs, ino } = stat;
  return { whole: true, list: [{ name: "", path, size: Number(stat.size), mtimeNs, ctimeNs, inode: ino }] };
}
