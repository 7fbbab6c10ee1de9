/** Remembers the digests of external files, so that unchanged folders cost only stats. */
import { statSync } from "node:fs";
import { sha256 } from "../../../lib/base/digest.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { removeTree, temporaryName, writeAtomically } from "./atomic_io.ts";
import { breathe, combineTree, fileDigest, listTree, type TreeFile } from "./content_io.ts";
import type { ContentDigest } from "../types.ts";

/** File name -> size, mtime, ctime, inode (decimal), digest. */
type Rows = Readonly<Record<string, readonly [number, string, string, string, string]>>;

export interface StatCacheOptions {
  /** Folder of the cache's own files. */
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The cache could not be kept; digests are right all the same. */
  readonly onWarning: (message: string) => void;
}

/**
 * A file changed again within the tick of its clock keeps its stat (Deno gives change times in whole seconds). So a
 * digest is remembered only if the file had been left alone this long when it was read, git's rule for "racily
 * clean" entries.
 */
const SETTLED_NS = 2_000_000_000n;

/**
 * The digest of an external file or folder.
 *
 * @throws {UserError} If there is nothing at `path` or the folder holds what `listTree` refuses.
 */
export async function externalDigest(path: string, options: StatCacheOptions): Promise<ContentDigest> {
  const files = listExternal(path);
  const cacheFile = `${options.folder}/${sha256(path).slice(0, 32)}.json`;
  const known = readRows(cacheFile);
  const rows: Record<string, Rows[string]> = {};
  const hashed = [];
  let rehashed = 0;
  for (const file of files.list) {
    const { row, fresh } = await rowOf(file, own(known, file.name), options.now);
    hashed.push({ name: file.name, size: file.size, digest: row[4] });
    if (!fresh) await breathe(++rehashed);
    if (fresh || row[1] !== "") rows[file.name] = row;
  }
  const dropped = Object.keys(known).length > Object.keys(rows).length;
  const gained = Object.keys(rows).some((name) => own(known, name) !== rows[name]);
  if (dropped || (rehashed > 0 && gained)) keepRows(cacheFile, rows, options);
  return files.whole ? hashed[0]!.digest as ContentDigest : combineTree(hashed);
}

/**
 * How far this machine's clock is ahead of the one that stamps files. Whether a file was left alone is judged by the
 * slower of the two; the server of the store stands for that of the files. 0 if it cannot be told.
 */
export function clockAheadMs(folder: string): number {
  const probe = temporaryName(`${folder}/clock`);
  try {
    Deno.writeTextFileSync(probe, "");
    const now = Date.now();
    return now - statSync(probe).mtimeMs;
  } catch {
    return 0; // a store that cannot be written to keeps no digests either
  } finally {
    removeTree(probe);
  }
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
  if (!stat.isFile()) return { whole: false, list: listTree(path, "inside") };
  const { mtimeNs, ctimeNs, ino } = stat;
  return { whole: true, list: [{ name: "", path, size: Number(stat.size), mtimeNs, ctimeNs, inode: ino }] };
}

/** A row whose mtime is empty must not be kept. */
async function rowOf(
  file: TreeFile,
  known: Rows[string] | undefined,
  now: () => number,
): Promise<{ readonly row: Rows[string]; readonly fresh: boolean }> {
  const stat = [file.size, `${file.mtimeNs}`, `${file.ctimeNs}`, `${file.inode}`] as const;
  if (known !== undefined && stat.every((value, i) => value === known[i])) return { row: known, fresh: true };
  const nowNs = BigInt(Math.floor(now())) * 1_000_000n;
  const youngest = file.mtimeNs > file.ctimeNs ? file.mtimeNs : file.ctimeNs;
  const settled = nowNs - youngest >= SETTLED_NS;
  const digest = await fileDigest(file.path, file.size);
  return { row: settled ? [...stat, digest] : [file.size, "", "", "", digest], fresh: false };
}

function readRows(path: string): Rows {
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch {
    return {}; // absent or damaged: everything is hashed again
  }
}

function keepRows(path: string, rows: Rows, options: StatCacheOptions): void {
  try {
    writeAtomically(path, JSON.stringify(rows), { sync: false });
  } catch (error) {
    options.onWarning(
      `Cannot remember the digests of external files in ${path}: ${(error as Error).message}`,
    );
  }
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
