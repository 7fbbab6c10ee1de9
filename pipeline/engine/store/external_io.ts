/** The contents of the user's own files and folders, which tasks read as inputs. */
import { statSync } from "node:fs";
import { UserError } from "../../../lib/base/errors.ts";
import {
  breathe,
  combineTree,
  fileDigest,
  fileStat,
  listTree,
  pieces,
  type TreeFile,
  type TreeVisitor,
} from "./content_io.ts";
import { StatCache, type StatCacheOptions } from "./stat_cache_io.ts";
import type { ContentDigest } from "../types.ts";

/** What is in a file or folder, as its files' stats say. */
export interface ExternalListing {
  /** The path is itself a file. */
  readonly whole: boolean;
  readonly files: readonly TreeFile[];
  /** Names of what is neither a file nor a folder that can be read: nothing is read of it, but what is made says so. */
  readonly passedOver: readonly string[];
}

/**
 * The digest of an external file or folder.
 *
 * @throws {UserError} If there is nothing at `path` or the folder holds what `listTree` refuses.
 */
export async function externalDigest(path: string, options?: StatCacheOptions): Promise<ContentDigest> {
  return await listingDigest(path, listExternal(path), options);
}

/** The digest of what was listed. Files whose stats are known are not read. */
export async function listingDigest(
  path: string,
  { whole, files, passedOver }: ExternalListing,
  options?: StatCacheOptions,
): Promise<ContentDigest> {
  const cache = new StatCache<ContentDigest>(path, options);
  const hashed = [];
  const pieceOf = pieces();
  let read = 0;
  for (const file of files) {
    const known = cache.of(file.name, file);
    const digest = known.value ?? await fileDigest(file.path, file.size, pieceOf);
    if (known.value === undefined) {
      known.keep(digest);
      await breathe(++read);
    }
    hashed.push({ name: file.name, size: file.size, digest });
  }
  cache.save({ onlyAsked: true });
  const noFiles = passedOver.map((name) => ({ name, size: 0, digest: "no file" }));
  return whole ? hashed[0]!.digest : combineTree([...hashed, ...noFiles]);
}

/** @throws {UserError} As {@link externalDigest}. */
export function listExternal(path: string, visit?: TreeVisitor): ExternalListing {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) {
    throw new UserError(
      "bad-dataset",
      `Cannot read ${path}: there is no such file or folder. Check the path in the configuration.`,
    );
  }
  const passedOver: string[] = [];
  if (!stat.isFile()) {
    return { whole: false, files: listTree(path, "own", visit, (name) => passedOver.push(name)), passedOver };
  }
  return { whole: true, passedOver, files: [{ name: "", path: Deno.realPathSync(path), ...fileStat(stat) }] };
}
