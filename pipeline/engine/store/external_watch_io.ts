/**
 * That a stage reads of the user's own files what was hashed. Where file systems note changes, what could lead to other
 * bytes is looked at before and after: files, folders, links, and the folders above. A file put in another's place and
 * back again shows by its change time. Elsewhere the stage reads a copy.
 */
import { lstatSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { UserError } from "../../../lib/base/errors.ts";
import { pathWithin } from "../../../lib/base/operating_system_io.ts";
import { combineTree, fileDigest, type TreeFile } from "./content_io.ts";
import { type ExternalListing, listExternal, listingDigest } from "./external_io.ts";
import { isSettled, type StatCacheOptions } from "./stat_cache_io.ts";
import type { ContentDigest } from "../types.ts";

export interface WatchedInput {
  readonly digest: ContentDigest;
  /** What the stage is to read; absolute. */
  readonly path: string;
  readonly isCopy: boolean;
  /** The first that changed since, if any. */
  changed(): string | undefined;
}

/** Longer than `isSettled` asks for. */
const SETTLE_MS = 2_100;

/** @param copyTo A path that may be written, for a copy. @throws {UserError} As `externalDigest`. */
export async function watchExternal(
  path: string,
  copyTo: string,
  options: StatCacheOptions,
): Promise<WatchedInput> {
  let sight = look(path);
  const tells = sight.listing.files.every((file) => options.changeTimes.tell(file));
  if (tells && !isSettled(sight.youngestNs, options.now())) {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    sight = look(path);
  }
  // Where somebody goes on writing, a copy of what is there now is as good as anything.
  if (!tells || !isSettled(sight.youngestNs, options.now())) {
    return { ...await copyExternal(sight.listing, copyTo), isCopy: true, changed: () => undefined };
  }
  const { signs } = sight;
  return {
    digest: await listingDigest(path, sight.listing, options),
    path: Deno.realPathSync(path),
    isCopy: false,
    changed() {
      try {
        return firstDifference(signs, look(path).signs);
      } catch (error) {
        if (error instanceof UserError || error instanceof Deno.errors.NotFound) return path; // it went, or worse came
        throw error;
      }
    },
  };
}

interface Sight {
  readonly listing: ExternalListing;
  /** Path -> what changes if it does. */
  readonly signs: ReadonlyMap<string, Sign>;
  /** Nanoseconds since 1970. */
  readonly youngestNs: bigint;
}

/** Of folders on the way only the name counts: renaming them changes no more than `changed`, what is put into them both. */
type Sign = { readonly all: string } | {
  readonly inode: string;
  readonly entries: bigint;
  readonly changed: bigint;
};

function look(path: string): Sight {
  const signs = new Map<string, Sign>();
  let youngestNs = 0n;
  const add = (
    at: string,
    { size, mtimeNs, ctimeNs, inode, device }: Omit<TreeFile, "name" | "path">,
  ): void => {
    signs.set(at, { all: [size, mtimeNs, ctimeNs, inode, device].join(" ") });
    if (ctimeNs > youngestNs) youngestNs = ctimeNs;
  };
  const root = Deno.realPathSync(path);
  followLinks(resolve(path), signs);
  addFoldersAbove(root, signs);
  const listing = listExternal(path, (at, stat) => {
    if (stat.isSymbolicLink()) followLinks(at, signs);
    add(at, { size: 0, mtimeNs: stat.mtimeNs, ctimeNs: stat.ctimeNs, inode: stat.ino, device: stat.dev });
  });
  for (const file of listing.files) {
    add(file.path, file);
    if (pathWithin(root, file.path) === undefined) addFoldersAbove(file.path, signs);
  }
  return { listing, signs, youngestNs };
}

/** Links that lead to links. */
function followLinks(path: string, signs: Map<string, Sign>): void {
  for (let at = path; !signs.has(at);) {
    const stat = lstatSync(at, { bigint: true, throwIfNoEntry: false });
    if (!stat?.isSymbolicLink()) return;
    signs.set(at, { all: `${stat.ino} ${stat.dev} ${stat.ctimeNs}` });
    addFoldersAbove(at, signs);
    at = resolve(dirname(at), Deno.readLinkSync(at));
  }
}

function addFoldersAbove(path: string, signs: Map<string, Sign>): void {
  for (let at = dirname(path); !signs.has(at); at = dirname(at)) {
    const { ino, dev, mtimeNs, ctimeNs } = lstatSync(at, { bigint: true });
    signs.set(at, { inode: `${ino} ${dev}`, entries: mtimeNs, changed: ctimeNs });
  }
}

function firstDifference(
  before: ReadonlyMap<string, Sign>,
  after: ReadonlyMap<string, Sign>,
): string | undefined {
  // Files come after the folders that they are in, and say more.
  for (const [path, sign] of [...before].reverse()) if (!sameSign(sign, after.get(path))) return path;
  return [...after.keys()].find((path) => !before.has(path));
}

function sameSign(before: Sign, after: Sign | undefined): boolean {
  if (after === undefined) return false;
  if ("all" in before) return "all" in after && before.all === after.all;
  return "inode" in after && before.inode === after.inode &&
    (before.changed === after.changed || before.entries !== after.entries);
}

/** Copies what is listed and hashes the copy. */
async function copyExternal(
  { whole, files }: ExternalListing,
  to: string,
): Promise<Pick<WatchedInput, "digest" | "path">> {
  if (!whole) Deno.mkdirSync(to, { recursive: true });
  const hashed = [];
  for (const { name, path } of files) {
    const copy = whole ? to : `${to}/${name}`;
    Deno.mkdirSync(dirname(copy), { recursive: true });
    await Deno.copyFile(path, copy);
    const { size } = Deno.statSync(copy);
    hashed.push({ name, size, digest: await fileDigest(copy, size) });
  }
  return { digest: whole ? hashed[0]!.digest : combineTree(hashed), path: to };
}
